import QueueCore
import Testing
import ZeroMQ

@testable import worker

/// JSON Lines: every row once, in order, good ones and bad ones apart.
@Suite struct LinesRunTests {
  private let model = FakeModel()

  private func run(_ job: ComputeJob, with model: FakeModel? = nil, maxBatchSize: Int = 4) throws -> ComputeResult {
    let runner = try ModelRunner(model: model ?? self.model, name: "m", version: "7", maxBatchSize: maxBatchSize)
    var meter = EngineMeter(thread: 0, progress: ComputeProgress(threads: 1))
    return try runner.beginSlices(of: job).runToEnd(queued: 0, meter: &meter)
  }

  private static func output(_ values: [Int]) -> String {
    values.map { "[\($0 * 2).0,0.0]\n" }.joined()
  }

  @Test func rowsRunInSlicesOfAFixedSizeAndComeOutInOrder() throws {
    let values = Array(0..<10)
    let result = try self.run(JobMaking.lines(1, values))
    #expect(self.model.runs == [4, 4, 2])
    #expect(result.outcome.status == .ok && result.outcome.contentType == .jsonLines && result.outcome.parts == 2)
    #expect(result.parts.map(\.text) == [Self.output(values), ""])
    #expect(result.rows == 10)
  }

  @Test func rowsThatCannotBeReadAreListedAndBlankLinesAreNoRows() throws {
    let job = try JobMaking.job(1, ["[1,0]\n\n[2]\r\n  \n[3,0]\n{\"x\"\n[5,0]"], as: .jsonLines)
    let result = try self.run(job)
    #expect(result.parts[0].text == Self.output([1, 3, 5]))
    let errors = result.parts[1].text.split(separator: "\n")
    #expect(errors.count == 2)
    #expect(errors[0].hasPrefix("{\"row\":1,\"code\":\"INVALID_ARGUMENT\",\"message\":\""))
    #expect(errors[1].hasPrefix("{\"row\":3,\"code\":\"INVALID_ARGUMENT\",\"message\":\""))
    #expect(result.rowErrors == [.invalidArgument: 2])
  }

  @Test func requestOfManyBatchesIsTheSameAsOneForEach() throws {
    let model = FakeModel(rowShape: [-1])
    let lines = (0..<40).map { row in
      switch row % 7 {
      case 3: "\n \t\n[\(row)"
      case 5: "[\(row),\(row)]\r"
      default: "[\(row)]"
      }
    }
    let whole = try self.run(
      JobMaking.job(1, [lines.joined(separator: "\n")], as: .jsonLines), with: model, maxBatchSize: 8)
    let parts = FakeModel(rowShape: [-1])
    var output = ""
    for start in stride(from: 0, to: 40, by: 8) {
      let part = lines[start..<start + 8].joined(separator: "\n")
      let result = try self.run(JobMaking.job(1, [part], as: .jsonLines), with: parts, maxBatchSize: 8)
      output += result.parts[0].text
    }
    #expect(whole.parts[0].text == output && whole.rows == 34)
    #expect(model.runs == parts.runs)
    let errors = whole.parts[1].text.split(separator: "\n")
    #expect(errors.count == 6 && errors[5].hasPrefix("{\"row\":38,"))
    // The place is counted from the beginning of the content, whatever run the row is in.
    let start = lines[..<38].joined(separator: "\n").utf8.count + 1
    #expect((start..<start + 12).contains { errors[5].contains("(byte \($0))") }, "\(errors[5]), from \(start)")
  }

  @Test func tooManyRowsAreRefusedAsAWhole() throws {
    let lines = String(repeating: "[1,0]\n\n", count: 65_537)
    let result = try self.run(JobMaking.job(1, [lines], as: .jsonLines), maxBatchSize: 4096)
    #expect(result.outcome.status == .invalidArgument)
    #expect(try result.detail?.message == "the payload has 65537 lines, the limit is 65536")
    #expect(self.model.runs.isEmpty)
  }

  @Test func rowThatTheModelRefusesTakesNobodyWithIt() throws {
    let result = try self.run(JobMaking.lines(1, [0, 1, 666, 3, 4, 667, 6]))
    #expect(result.parts[0].text == Self.output([0, 1, 3, 4, 6]))
    #expect(
      result.parts[1].text == """
        {"row":2,"code":"INVALID_ARGUMENT","message":"the model does not take 666"}
        {"row":5,"code":"INTERNAL","message":"the model broke"}

        """)
    #expect(result.rows == 5)
  }

  @Test func requestOfNothingButBadRowsIsASuccess() throws {
    let result = try self.run(JobMaking.lines(1, [666, 666, 666]))
    #expect(result.outcome.status == .ok)
    #expect(result.parts[0].text.isEmpty)
    #expect(result.parts[1].text.split(separator: "\n").count == 3)
  }

  @Test func emptyContentHasNoRows() throws {
    let result = try self.run(JobMaking.job(1, [""], as: .jsonLines))
    #expect(result.outcome.status == .ok && result.parts.map(\.text) == ["", ""])
  }

  @Test func rowsOfOnePartRunTogetherAndThoseOfTwoNever() throws {
    let parts = ["[1,0]\n[2,0]\n[3,0]\n[4,0]\n[5,0]\n", "", "[6,0]\n[666,0]\n[7,", "\n[8,0]"]
    let together = try self.run(JobMaking.job(1, parts, as: .jsonLines))
    #expect(self.model.runs == [4, 1, 2, 1, 1, 1])
    #expect(together.outcome.parts == 8 && together.rows == 7)
    #expect(together.rowErrors == [.invalidArgument: 2])
    var apart: [String] = []
    for part in parts { apart += try self.run(JobMaking.job(1, [part], as: .jsonLines)).parts.map(\.text) }
    #expect(together.parts.map(\.text) == apart)
    #expect(apart[5].contains("{\"row\":1,") && apart[5].contains("{\"row\":2,"))
  }

  @Test(arguments: [0, 33]) func otherNumbersOfPartsAreRefused(count: Int) throws {
    let result = try self.run(JobMaking.job(1, Array(repeating: "[1,0]", count: count), as: .jsonLines))
    #expect(result.outcome.status == .invalidArgument)
    #expect(try result.detail?.message == "the content has \(count) parts, expected 1 to 32, lines in each")
  }

  @Test func rowsOfAllPartsCountTowardsTheLimit() throws {
    let part = String(repeating: "[1,0]\n", count: 40_000)
    let result = try self.run(JobMaking.job(1, [part, part], as: .jsonLines), maxBatchSize: 4096)
    #expect(try result.detail?.message == "the payload has 80000 lines, the limit is 65536")
  }

  @Test func rowsOfManyShapesComeOutInTheirOrder() throws {
    let model = FakeModel(rowShape: [-1])
    let lines = (0..<12).map { row in "[" + (0...(row % 3)).map { "\(row + $0)" }.joined(separator: ",") + "]\n" }
    let result = try self.run(JobMaking.job(1, [lines.joined()], as: .jsonLines), with: model, maxBatchSize: 6)
    let expected = (0..<12).map { row in
      "[" + (0...(row % 3)).map { "\((row + $0) * 2).0" }.joined(separator: ",") + "]\n"
    }
    #expect(result.parts[0].text == expected.joined())
    #expect(model.runs == [2, 2, 2, 2, 2, 2])
  }

  @Test(arguments: 0..<20 as Range<UInt64>) func everyRowIsThereExactlyOnce(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let values = (0..<Int.random(in: 0...60, using: &random)).map { _ in
      random.chance(oneIn: 6) ? 666 : Int.random(in: 0...99, using: &random)
    }
    let result = try self.run(JobMaking.lines(1, values), maxBatchSize: Int.random(in: 1...16, using: &random))
    #expect(result.parts[0].text == Self.output(values.filter { $0 != 666 }))
    let bad = result.parts[1].text.split(separator: "\n").compactMap { line in
      line.dropFirst("{\"row\":".count).prefix { $0 != "," }
    }
    #expect(bad.compactMap { Int($0) } == values.indices.filter { values[$0] == 666 })
  }

  @Test func messagesAreEscapedForJSON() throws {
    var errors = RowErrors()
    errors.add(row: 1, Fault(status: .internal, reason: "X", message: "a \"b\" \\ c\nd\u{1}é"))
    errors.add(row: 0, Fault(status: .internal, reason: "X", message: ""))
    #expect(
      try errors.frame().text == """
        {"row":0,"code":"INTERNAL","message":""}
        {"row":1,"code":"INTERNAL","message":"a \\"b\\" \\\\ c\\u000ad\\u0001é"}

        """)
    #expect(errors.counts == [.internal: 2])
  }
}
