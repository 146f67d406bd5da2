import QueueCore
import ZeroMQ

/// Where a row stands.
struct RowPlace: Hashable {
  /// Bytes of the input before it.
  let offset: UInt64
  /// Its line in the input, from 1.
  let line: UInt64
  /// Bytes of the chunk's payload before it.
  let payloadStart: Int
}

/// Some consecutive rows of the input.
struct InputChunk {
  /// The first row's number in the input, from 1.
  let firstRow: UInt64
  /// Where each row stands.
  let rows: [RowPlace]
  /// The rows, a line each; nil for a single row that is too long to be sent.
  let payload: Frame?
  /// For such a row: its bytes.
  let overlongBytes: UInt64?
  /// Bytes of the input up to the end of the last row's line.
  let endOffset: UInt64
  /// Lines of the input up to there.
  let endLine: UInt64

  /// The payload of some of the rows.
  func payload(ofRows rows: Range<Int>) throws(ZMQError) -> Frame? {
    guard let payload = self.payload, rows != 0..<self.rows.count else { return self.payload }
    let start = self.rows[rows.lowerBound].payloadStart
    let end =
      rows.upperBound < self.rows.count ? self.rows[rows.upperBound].payloadStart : payload.byteCount
    return try Frame(copying: payload.bytes.extracting(start..<end))
  }
}
