import FoundationEssentials
import Glibc
import QueueCore
import ZeroMQ

/// What is wrong with an answer that claims to be good.
struct AnswerFault: Error, Hashable {
  let message: String
}

/// An answer that has been looked over and can be written as it is.
struct ChunkAnswer: Sendable {
  /// The predictions, a line each.
  let output: Frame
  /// Whether their last line feed is missing.
  let lacksLastNewline: Bool
  /// The lines for the errors file.
  let errorLines: [UInt8]
  /// What became of the rows.
  let outcome: PartOutcome

  /// Looks a reply over: a worker that answers another number of rows than it was asked for must not get into the
  /// output. `rows` are those of the chunk that were asked for.
  init(_ reply: ChunkReply, to rows: Range<Int>, of chunk: InputChunk) throws(AnswerFault) {
    guard reply.contentType == .jsonLines, reply.parts.count == 2 else {
      throw AnswerFault(
        message: "the worker answered \(reply.parts.count) parts of \(reply.contentType.mediaType), "
          + "expected 2 of \(ContentType.jsonLines.mediaType)")
    }
    self.output = reply.parts[0]
    let bad = try BadRow.decode(reply.parts[1], count: rows.count)
    var errorLines: [UInt8] = []
    for row in bad {
      errorLines += chunk.errorLine(rows.lowerBound + row.row, code: row.status, message: row.message)
    }
    self.errorLines = errorLines
    let (newlines, lacksLast) = self.output.withUnsafeBytes { bytes in
      (Self.countNewlines(bytes), bytes.last.map { $0 != UInt8(ascii: "\n") } ?? false)
    }
    self.lacksLastNewline = lacksLast
    let lines = newlines + (lacksLast ? 1 : 0)
    guard lines == rows.count - bad.count else {
      throw AnswerFault(
        message: "the worker answered \(lines) predictions and \(bad.count) errors for \(rows.count) rows")
    }
    self.outcome = PartOutcome(
      predictedRows: UInt32(lines), failedRows: UInt32(bad.count),
      outputBytes: UInt64(self.output.byteCount) + (lacksLast ? 1 : 0), errorBytes: UInt64(errorLines.count))
  }

  private static func countNewlines(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard var next = bytes.baseAddress else { return 0 }
    let end = next + bytes.count
    var count = 0
    // Lines are long beside the call that finds their end.
    while let newline = memchr(next, Int32(UInt8(ascii: "\n")), end - next) {
      count += 1
      next = UnsafeRawPointer(newline) + 1
    }
    return count
  }
}

/// A row that the worker could not predict, as it says so.
private struct BadRow: Decodable {
  /// The row, from 0 within the request.
  let row: Int
  let code: String
  let message: String

  var status: StatusCode { StatusCode(name: self.code) ?? .unknown }

  /// Reads the second part of an answer to so many rows: rows in ascending order, each once.
  static func decode(_ part: Frame, count: Int) throws(AnswerFault) -> [BadRow] {
    guard part.byteCount > 0 else { return [] }
    var array: [UInt8] = [UInt8(ascii: "[")]
    array.reserveCapacity(part.byteCount + 2)
    part.withUnsafeBytes { array.append(contentsOf: $0) }
    while array.last == UInt8(ascii: "\n") { array.removeLast() }
    for index in array.indices where array[index] == UInt8(ascii: "\n") { array[index] = UInt8(ascii: ",") }
    array.append(UInt8(ascii: "]"))
    let rows: [BadRow]
    do {
      rows = try JSONDecoder().decode([BadRow].self, from: Data(array))
    } catch {
      throw AnswerFault(message: "the worker's list of bad rows cannot be read")
    }
    var next = 0
    for row in rows {
      guard row.row >= next, row.row < count else {
        throw AnswerFault(message: "the worker's list of bad rows names row \(row.row), expected \(next)..<\(count)")
      }
      guard let status = StatusCode(name: row.code), status != .ok else {
        throw AnswerFault(message: "the worker's list of bad rows has the code '\(row.code)', which is none")
      }
      next = row.row + 1
    }
    return rows
  }
}
