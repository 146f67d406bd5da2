import QueueCore
import Testing
import ZeroMQ

@testable import Jobs

struct ChunkAnswerTests {
  private func frame(_ text: String) throws -> Frame {
    try Frame(copying: Array(text.utf8).span.bytes)
  }

  /// Four rows, the first of which is row 11 of the input.
  private func chunk() throws -> InputChunk {
    InputChunk(
      rows: (0..<4).map {
        RowPlace(number: UInt64(11 + $0), offset: UInt64(100 + 2 * $0), line: UInt64(21 + $0), payloadStart: 2 * $0)
      },
      refusals: [], labels: RowLabels(), payload: try self.frame("0\n1\n2\n3\n"), endOffset: 108, endLine: 24,
      filePosition: 108)
  }

  private func answer(
    _ output: String, _ errors: String = "", to rows: Range<Int> = 0..<4, contentType: ContentType = .jsonLines
  ) throws -> ChunkAnswer {
    let reply = ChunkReply(
      contentType: contentType, parts: [try self.frame(output), try self.frame(errors)], origin: nil,
      times: RequestTimes())
    return try ChunkAnswer(reply, to: rows, of: try self.chunk())
  }

  @Test func goodRowsAndBadRowsAreCounted() throws {
    let answer = try self.answer("a\nb\n", "{\"row\":1,\"code\":\"INTERNAL\",\"message\":\"m\"}\n", to: 1..<4)
    let line = "{\"row\":13,\"line\":23,\"offset\":104,\"code\":\"INTERNAL\",\"message\":\"m\"}\n"
    #expect(String(decoding: answer.errorLines, as: UTF8.self) == line)
    #expect(
      answer.outcome
        == PartOutcome(predictedRows: 2, failedRows: 1, outputBytes: 4, errorBytes: UInt64(line.utf8.count)))
  }

  @Test func aMissingLastLineFeedIsMadeGood() throws {
    let answer = try self.answer("a\nb\nc\nd")
    guard case .lines(_, let lacksLastNewline) = answer.output else {
      Issue.record("the lines were not taken as they came")
      return
    }
    #expect(lacksLastNewline)
    #expect(answer.outcome.outputBytes == 8)
  }

  @Test func allRowsMayBeBad() throws {
    let errors = (0..<4).map { "{\"message\":\"m\",\"row\":\($0),\"code\":\"INVALID_ARGUMENT\"}" }
    let answer = try self.answer("", errors.joined(separator: "\n"))
    #expect(answer.outcome.failedRows == 4)
  }

  @Test func whatIsWrittenIntoMessagesIsEscaped() throws {
    let answer = try self.answer(
      "a\nb\nc\n", #"{"row":0,"code":"INTERNAL","message":"\"q\" \\ \n\r\t\u0001 \u00e9"}"#)
    #expect(
      String(decoding: answer.errorLines, as: UTF8.self).hasSuffix(#""message":"\"q\" \\ \n\r\t\u0001 é"}"# + "\n"))
  }

  @Test(arguments: [
    ("a\nb\nc\n", ""), ("a\nb\nc\nd\ne\n", ""), ("", ""),
    ("a\nb\nc\nd\n", #"{"row":0,"code":"INTERNAL","message":""}"#),
    ("a\nb\nc\n", #"{"row":4,"code":"INTERNAL","message":""}"#),
    ("a\nb\nc\n", #"{"row":-1,"code":"INTERNAL","message":""}"#),
    (
      "a\nb\n",
      "{\"row\":1,\"code\":\"INTERNAL\",\"message\":\"\"}\n{\"row\":1,\"code\":\"INTERNAL\",\"message\":\"\"}\n"
    ),
    (
      "a\nb\n",
      "{\"row\":2,\"code\":\"INTERNAL\",\"message\":\"\"}\n{\"row\":1,\"code\":\"INTERNAL\",\"message\":\"\"}\n"
    ),
    ("a\nb\nc\n", #"{"row":0,"code":"NONSENSE","message":""}"#), ("a\nb\nc\n", #"{"row":0,"code":"OK","message":""}"#),
    ("a\nb\nc\n", "not JSON"), ("a\nb\nc\n", #"{"row":0}"#),
  ])
  func anAnswerThatDoesNotAddUpIsRefused(output: String, errors: String) throws {
    #expect(throws: AnswerFault.self) { try self.answer(output, errors) }
  }

  @Test func anAnswerOfAnotherFormIsRefused() throws {
    #expect(throws: AnswerFault.self) { try self.answer("a\nb\nc\nd\n", contentType: .json) }
    let onePart = ChunkReply(
      contentType: .jsonLines, parts: [try self.frame("a\nb\nc\nd\n")], origin: nil, times: RequestTimes())
    let chunk = try self.chunk()
    #expect(throws: AnswerFault.self) { try ChunkAnswer(onePart, to: 0..<4, of: chunk) }
  }

  /// The same rows, of which the first and the third are not sent.
  private func chunkWithRefusals() throws -> InputChunk {
    InputChunk(
      rows: [0, 0, 2, 2].enumerated().map { row, start in
        RowPlace(number: UInt64(11 + row), offset: UInt64(100 + row), line: UInt64(21 + row), payloadStart: start)
      },
      refusals: [0, 2].map { RefusedRow(row: $0, refusal: Refusal("refused \($0)")) }, labels: RowLabels(),
      payload: try self.frame("1\n3\n"), endOffset: 108, endLine: 24, filePosition: 108)
  }

  @Test func rowsThatAreNotSentStandAmongTheBadOnesInOrder() throws {
    let chunk = try self.chunkWithRefusals()
    let reply = ChunkReply(
      contentType: .jsonLines,
      parts: [try self.frame("p\n"), try self.frame("{\"row\":0,\"code\":\"INTERNAL\",\"message\":\"bad\"}\n")],
      origin: nil, times: RequestTimes())
    let answer = try ChunkAnswer(reply, to: 0..<4, of: chunk)
    let lines = String(decoding: answer.errorLines, as: UTF8.self).split(separator: "\n")
    #expect(lines.map { $0.prefix(10) } == ["{\"row\":11,", "{\"row\":12,", "{\"row\":13,"])
    #expect(lines.map { $0.suffix(12).filter { $0 != "\"" } } == ["refused 0}", "sage:bad}", "refused 2}"])
    #expect(answer.outcome.predictedRows == 1)
    #expect(answer.outcome.failedRows == 3)
  }

  @Test func rowsNoneOfWhichIsSentAreAnsweredWithoutAWorker() throws {
    let chunk = try self.chunkWithRefusals()
    #expect(try chunk.payload(ofRows: 2..<3) == nil)
    let answer = ChunkAnswer(refused: 2..<3, of: chunk)
    let line = "{\"row\":13,\"line\":23,\"offset\":102,\"code\":\"INVALID_ARGUMENT\",\"message\":\"refused 2\"}\n"
    #expect(String(decoding: answer.errorLines, as: UTF8.self) == line)
    #expect(
      answer.outcome
        == PartOutcome(predictedRows: 0, failedRows: 1, outputBytes: 0, errorBytes: UInt64(line.utf8.count)))
  }

  @Test func someOfTheRowsAreSentAsTheyStand() throws {
    let chunk = try self.chunk()
    func text(_ rows: Range<Int>) throws -> String? {
      try chunk.payload(ofRows: rows)?.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
    #expect(try text(0..<4) == "0\n1\n2\n3\n")
    #expect(try text(0..<2) == "0\n1\n")
    #expect(try text(1..<3) == "1\n2\n")
    #expect(try text(3..<4) == "3\n")
  }
}
