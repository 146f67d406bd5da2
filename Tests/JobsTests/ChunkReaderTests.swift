import QueueCore
import Store
import Testing
import ZeroMQ

@testable import Jobs

/// A chunk as a test sees it.
private struct SeenChunk: Equatable {
  var firstRow: UInt64
  var payload: String?
  var offsets: [UInt64]
  var lines: [UInt64]
  var refused: [Int: String] = [:]
  var endOffset: UInt64
  var endLine: UInt64
}

private struct SeenInput: Equatable {
  var chunks: [SeenChunk] = []
  var endOffset: UInt64 = 0
  var endLine: UInt64 = 0

  /// What each row is sent as, or why it is not.
  var rows: [String] {
    self.chunks.flatMap { chunk in
      // By bytes: to Swift, a carriage return and a line feed are one character.
      var sent = (chunk.payload ?? "").utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
        .dropLast().map { String($0) ?? "" }[...]
      return chunk.offsets.indices.map { row in chunk.refused[row].map { "<\($0)>" } ?? sent.removeFirst() }
    }
  }
}

struct ChunkReaderTests {
  private let folder = TemporaryFolder()

  private func read(
    _ bytes: [UInt8], rowLimit: Int = 3, byteLimit: Int = 1000, blockBytes: Int = 1 << 20,
    from checkpoint: JobCheckpoint = .start
  ) throws -> SeenInput {
    try self.read(
      try OpenFile.forReading(try self.folder.write("in.jsonl", bytes)), rowLimit: rowLimit, byteLimit: byteLimit,
      blockBytes: blockBytes, from: checkpoint)
  }

  private func read(
    _ file: OpenFile, rowLimit: Int, byteLimit: Int, blockBytes: Int, from checkpoint: JobCheckpoint = .start
  ) throws -> SeenInput {
    let reader = try Self.reader(
      file, size: try file.fingerprint().size, from: checkpoint, rowLimit: rowLimit, byteLimit: byteLimit,
      blockBytes: blockBytes)
    var input = SeenInput()
    while true {
      switch try reader.next() {
      case .more: continue
      case .end(let offset, let line):
        input.endOffset = offset
        input.endLine = line
        return input
      case .chunk(let chunk):
        input.chunks.append(
          SeenChunk(
            firstRow: chunk.rows.first?.number ?? 0,
            payload: chunk.payload?.withUnsafeBytes { String(decoding: $0, as: UTF8.self) },
            offsets: chunk.rows.map(\.offset), lines: chunk.rows.map(\.line),
            refused: Dictionary(uniqueKeysWithValues: chunk.refusals.map { ($0.row, $0.refusal.message) }),
            endOffset: chunk.endOffset, endLine: chunk.endLine))
      }
    }
  }

  private static func reader(
    _ file: OpenFile, size: UInt64, from checkpoint: JobCheckpoint = .start, rowLimit: Int, byteLimit: Int,
    blockBytes: Int = 1 << 20
  ) throws -> ChunkReader {
    let plan = try RowPlan(
      RowOptions(), signature: nil, reading: PlainSource(file, size: size), path: file.path, byteLimit: byteLimit,
      blockBytes: blockBytes)
    return try ChunkReader(
      plan.input, path: file.path, from: checkpoint, rowLimit: rowLimit, byteLimit: byteLimit)
  }

  private func read(_ text: String, rowLimit: Int = 3, byteLimit: Int = 1000) throws -> SeenInput {
    try self.read(Array(text.utf8), rowLimit: rowLimit, byteLimit: byteLimit)
  }

  @Test(arguments: ["", "\n", "\r\n\n", "  \t\n \n", "\u{FEFF}", "\u{FEFF}\n\n", "   "])
  func anInputWithoutRowsHasNoChunks(text: String) throws {
    let input = try self.read(text)
    #expect(input.chunks.isEmpty)
    #expect(input.endOffset == UInt64(text.utf8.count))
  }

  @Test func rowsAreCutIntoChunksOfTheirNumber() throws {
    let input = try self.read("1\n2\n3\n4\n5\n")
    #expect(
      input.chunks == [
        SeenChunk(firstRow: 1, payload: "1\n2\n3\n", offsets: [0, 2, 4], lines: [1, 2, 3], endOffset: 6, endLine: 3),
        SeenChunk(firstRow: 4, payload: "4\n5\n", offsets: [6, 8], lines: [4, 5], endOffset: 10, endLine: 5),
      ])
    #expect(input.endLine == 5)
  }

  @Test func theLastLineNeedsNoLineFeed() throws {
    #expect(try self.read("[1]\n[2]").rows == ["[1]", "[2]"])
    #expect(try self.read("[1]\n[2]\r").rows == ["[1]", "[2]"])
    #expect(try self.read("[1]").chunks.first?.payload == "[1]\n")
  }

  @Test func carriageReturnsBeforeLineFeedsAreNotPartOfRows() throws {
    let input = try self.read("[1]\r\n[2]\r\n\r\n[3]\n")
    #expect(input.chunks.map(\.payload) == ["[1]\n[2]\n[3]\n"])
    #expect(input.chunks.first?.offsets == [0, 5, 12])
    #expect(input.chunks.first?.lines == [1, 2, 4])
  }

  @Test func aByteOrderMarkIsPassedOverAtTheBeginningOnly() throws {
    let input = try self.read("\u{FEFF}[1]\n\u{FEFF}[2]\n")
    #expect(input.rows == ["[1]", "\u{FEFF}[2]"])
    #expect(input.chunks.first?.offsets == [3, 7])
  }

  @Test func blankLinesAreNoRowsButCountAsLines() throws {
    let input = try self.read("\n\n[1]\n \n\t\n[2]\n\n", rowLimit: 1)
    #expect(input.rows == ["[1]", "[2]"])
    #expect(input.chunks.map(\.lines) == [[3], [6]])
    #expect(input.chunks.map(\.endOffset) == [6, 14])
    #expect(input.endOffset == 15)
    #expect(input.endLine == 7)
  }

  @Test func aChunkIsCutBeforeItBecomesTooLarge() throws {
    let input = try self.read("1234\n1234\n1234\n1\n", rowLimit: 100, byteLimit: 11)
    #expect(input.chunks.map(\.payload) == ["1234\n1234\n", "1234\n1\n"])
  }

  @Test func aRowThatIsTooLargeAloneIsARowOfItsChunkThatIsNotSent() throws {
    let input = try self.read("1\n0123456789\n2\n012345678\n", rowLimit: 100, byteLimit: 10)
    #expect(input.chunks.map(\.payload) == ["1\n2\n", "012345678\n"])
    #expect(input.chunks.map(\.refused) == [[1: "the row has 10 bytes, expected at most 9"], [:]])
    #expect(input.chunks.map(\.firstRow) == [1, 4])
    #expect(input.chunks.map(\.endOffset) == [15, 25])
  }

  @Test func aChunkOfRowsThatAreNotSentHasNoPayload() throws {
    let input = try self.read("0123456789\n0123456789AB\n1\n", rowLimit: 2, byteLimit: 10)
    #expect(input.chunks.map(\.payload) == [nil, "1\n"])
    #expect(input.chunks.map(\.firstRow) == [1, 3])
  }

  @Test func bytesThatAreNotTextGoThroughUnchanged() throws {
    let bytes: [UInt8] = [0xFF, 0xFE, 0x00, 0x0A, 0xC3, 0x0A]
    let file = try OpenFile.forReading(try self.folder.write("in.jsonl", bytes))
    let reader = try Self.reader(file, size: 6, rowLimit: 5, byteLimit: 100)
    guard case .chunk(let chunk) = try reader.next() else {
      Issue.record("no chunk")
      return
    }
    #expect(chunk.payload?.withUnsafeBytes { [UInt8]($0) } == bytes)
  }

  @Test func aFileThatHasBecomeShorterIsTold() throws {
    let path = try self.folder.write("in.jsonl", "1\n2\n")
    let reader = try Self.reader(try OpenFile.forReading(path), size: 100, rowLimit: 5, byteLimit: 100)
    #expect {
      while true { _ = try reader.next() }
    } throws: { error in
      guard case InputError.changed = error else { return false }
      return "\(error)".contains(path) && "\(error)".contains("100")
    }
  }

  @Test func aLineOfFiftyMegabytesIsPassedOverWithoutBeingHeld() throws {
    let long = [UInt8](repeating: UInt8(ascii: "7"), count: 50_000_000)
    let input = try self.read(Array("1\n".utf8) + long + Array("\n2\n".utf8), byteLimit: 8 << 20)
    #expect(input.rows == ["1", "<the row has 50000000 bytes, expected at most 8388607>", "2"])
    #expect(input.chunks.map(\.endOffset) == [50_000_005])
  }

  /// What the reader must find, said as plainly as can be.
  private func reference(_ bytes: [UInt8], byteLimit: Int) -> (rows: [String], offsets: [UInt64], lines: [UInt64]) {
    var rest = bytes[...]
    if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
    var rows: [String] = []
    var offsets: [UInt64] = []
    var lines: [UInt64] = []
    for (line, content) in rest.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      let content = content.last == 0x0D ? content.dropLast() : content
      guard !content.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) else { continue }
      rows.append(
        content.count < byteLimit
          ? String(decoding: content, as: UTF8.self)
          : "<the row has \(content.count) bytes, expected at most \(byteLimit - 1)>")
      offsets.append(UInt64(content.startIndex))
      lines.append(UInt64(line + 1))
    }
    return (rows, offsets, lines)
  }

  @Test func chunksAreTheSameWhateverTheBlocksAndWhereverReadingBegins() throws {
    var random = SplitMix64(seed: 7)
    let pieces = ["\n", "\n", "\r\n", "\r", " ", "\t", "1", "[22]", "{\"a\":3}", "          ", "0123456789ABCDEF"]
    for _ in 0..<150 {
      var text = random.chance(oneIn: 4) ? "\u{FEFF}" : ""
      for _ in 0..<Int.random(in: 0..<40, using: &random) {
        text += pieces[Int.random(in: 0..<pieces.count, using: &random)]
      }
      let bytes = Array(text.utf8)
      let rowLimit = Int.random(in: 1...4, using: &random)
      let byteLimit = Int.random(in: 2...30, using: &random)
      let file = try OpenFile.forReading(try self.folder.write("in.jsonl", bytes))
      let whole = try self.read(file, rowLimit: rowLimit, byteLimit: byteLimit, blockBytes: 1000)
      let expected = self.reference(bytes, byteLimit: byteLimit)
      #expect(whole.rows == expected.rows)
      #expect(whole.chunks.flatMap(\.offsets) == expected.offsets)
      #expect(whole.chunks.flatMap(\.lines) == expected.lines)
      #expect(whole.endOffset == UInt64(bytes.count))
      for blockBytes in [1, 2, 3, 7, 64] {
        let inBlocks = try self.read(file, rowLimit: rowLimit, byteLimit: byteLimit, blockBytes: blockBytes)
        #expect(inBlocks == whole, "\(text.debugDescription) in blocks of \(blockBytes)")
      }
      for (count, chunk) in whole.chunks.enumerated() {
        var checkpoint = JobCheckpoint.start
        checkpoint.inputOffset = chunk.endOffset
        checkpoint.lines = chunk.endLine
        checkpoint.predictedRows = chunk.firstRow - 1 + UInt64(chunk.offsets.count)
        let rest = try self.read(
          file, rowLimit: rowLimit, byteLimit: byteLimit, blockBytes: 5, from: checkpoint)
        #expect(rest.chunks == Array(whole.chunks.dropFirst(count + 1)))
        #expect(rest.endLine == whole.endLine)
      }
    }
  }
}
