import Glibc
import QueueCore
import ZeroMQ

/// What is wrong with an answer that claims to be good.
struct AnswerFault: Error, Hashable {
  let message: String
}

/// An answer to some rows of a chunk that has been looked over and can be written as it is.
struct ChunkAnswer: Sendable {
  /// What goes to the output.
  enum Output: Sendable {
    /// The worker's lines as they came.
    case lines(Frame, lacksLastNewline: Bool)
    case bytes([UInt8])
  }

  let output: Output
  /// The lines for the errors file.
  let errorLines: [UInt8]
  /// What became of the rows.
  let outcome: PartOutcome

  /// The answer to rows none of which is sent.
  init(refused rows: Range<Int>, of chunk: InputChunk) {
    let lines = chunk.refusals(in: rows).flatMap { chunk.errorLine($0) }
    self.output = .bytes([])
    self.errorLines = lines
    self.outcome = PartOutcome(
      predictedRows: 0, failedRows: UInt32(rows.count), outputBytes: 0, errorBytes: UInt64(lines.count))
  }

  /// Looks a reply over: a worker that answers another number of rows than it was asked for must not get into the
  /// output. `rows` are those of the chunk that were asked for, but for those that are not sent.
  init(
    _ reply: ChunkReply, to rows: Range<Int>, of chunk: InputChunk, writer: (any PredictionWriter)? = nil
  ) throws(AnswerFault) {
    guard reply.contentType == .jsonLines, reply.parts.count == 2 else {
      throw AnswerFault(
        message: "the worker answered \(reply.parts.count) parts of \(reply.contentType.mediaType), "
          + "expected 2 of \(ContentType.jsonLines.mediaType)")
    }
    let refused = chunk.refusals(in: rows)
    let sent = SentRows(rows, without: refused.map(\.row))
    let bad = try BadRow.decode(reply.parts[1], count: sent.count)
    let predicted = reply.parts[0]
    let (newlines, lacksLast) = predicted.withUnsafeBytes { bytes in
      (Self.countNewlines(bytes), bytes.last.map { $0 != UInt8(ascii: "\n") } ?? false)
    }
    let lines = newlines + (lacksLast ? 1 : 0)
    guard lines == sent.count - bad.count else {
      throw AnswerFault(
        message: "the worker answered \(lines) predictions and \(bad.count) errors for \(sent.count) rows")
    }
    let failed = bad.map { RefusedRow(row: sent[$0.row], refusal: Refusal($0.message, code: $0.status)) }
    self.errorLines = (failed + refused).sorted { $0.row < $1.row }.flatMap { chunk.errorLine($0) }
    let outputBytes: Int
    if let writer {
      let good = sent.without(failed.map(\.row))
      let bytes = try Self.write(predicted, of: good, chunk: chunk, writer)
      self.output = .bytes(bytes)
      outputBytes = bytes.count
    } else {
      self.output = .lines(predicted, lacksLastNewline: lacksLast)
      outputBytes = predicted.byteCount + (lacksLast ? 1 : 0)
    }
    self.outcome = PartOutcome(
      predictedRows: UInt32(lines), failedRows: UInt32(rows.count - lines), outputBytes: UInt64(outputBytes),
      errorBytes: UInt64(self.errorLines.count))
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

  /// Writes as many lines as there are rows.
  private static func write(
    _ lines: Frame, of rows: SentRows, chunk: InputChunk, _ writer: any PredictionWriter
  ) throws(AnswerFault) -> [UInt8] {
    try lines.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(AnswerFault) in
      var output: [UInt8] = []
      output.reserveCapacity(bytes.count + chunk.labels.byteCount)
      var start = 0
      for row in 0..<rows.count {
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        try writer.append(
          UnsafeRawBufferPointer(rebasing: bytes[start..<end]), lead: chunk.labels.lead(rows[row]), to: &output)
        start = end + 1
      }
      return output
    }
  }
}

/// Rows of a chunk that were sent, by their place in the request.
private struct SentRows {
  private let all: Range<Int>
  /// The rows, if some are left out.
  private let chosen: [Int]?

  init(_ rows: Range<Int>, without refused: [Int]) {
    self.all = rows
    let refused = Set(refused)
    self.chosen = refused.isEmpty ? nil : rows.filter { !refused.contains($0) }
  }

  private init(_ chosen: [Int]) {
    self.all = 0..<0
    self.chosen = chosen
  }

  var count: Int { self.chosen?.count ?? self.all.count }

  subscript(place: Int) -> Int { self.chosen?[place] ?? self.all.lowerBound + place }

  func without(_ rows: [Int]) -> SentRows {
    guard !rows.isEmpty else { return self }
    let rows = Set(rows)
    return SentRows((self.chosen ?? Array(self.all)).filter { !rows.contains($0) })
  }
}
