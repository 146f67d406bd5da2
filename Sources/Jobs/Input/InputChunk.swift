import QueueCore
import ZeroMQ

/// Where a row stands.
struct RowPlace: Hashable {
  /// Its number in the input, from 1.
  let number: UInt64
  /// Bytes of the input before it.
  let offset: UInt64
  /// Its line in the input, from 1.
  let line: UInt64
  /// Bytes of the chunk's payload before it.
  let payloadStart: Int
}

/// A row that is not sent, counted from 0 within its chunk, and why.
struct RefusedRow: Hashable {
  let row: Int
  let refusal: Refusal
}

/// What is kept of a chunk's rows beside their payload: what names each, and what stands before its prediction.
struct RowLabels {
  private var bytes: [UInt8] = []
  private var ends: [(id: Int, lead: Int)] = []

  /// Bytes that are held.
  var byteCount: Int { self.bytes.count }

  mutating func append(id: [UInt8], lead: [UInt8]) {
    self.bytes += id
    let end = self.bytes.count
    self.bytes += lead
    self.ends.append((end, self.bytes.count))
  }

  /// What names a row, as JSON; empty if nothing does.
  func id(_ row: Int) -> ArraySlice<UInt8> {
    guard row < self.ends.count else { return [] }
    return self.bytes[(row == 0 ? 0 : self.ends[row - 1].lead)..<self.ends[row].id]
  }

  /// What stands before a row's prediction in the output.
  func lead(_ row: Int) -> ArraySlice<UInt8> {
    guard row < self.ends.count else { return [] }
    return self.bytes[self.ends[row].id..<self.ends[row].lead]
  }
}

/// Some rows of the input, in its order; all rows between the first and the last, unless the job is for some only.
struct InputChunk {
  /// Where each row stands.
  let rows: [RowPlace]
  /// Those of them that are not sent, in order.
  let refusals: [RefusedRow]
  /// What is kept of the rows.
  let labels: RowLabels
  /// The rows that are sent, a line each; nil if there are none.
  let payload: Frame?
  /// Bytes of the input up to the end of the last row's line.
  let endOffset: UInt64
  /// Lines of the input up to there.
  let endLine: UInt64
  /// Bytes of the file that were read by then.
  let filePosition: UInt64

  /// Bytes that are held for it.
  var heldBytes: UInt64 { UInt64((self.payload?.byteCount ?? 0) + self.labels.byteCount) }

  /// The payload of some of the rows; nil if none of them is sent.
  func payload(ofRows rows: Range<Int>) throws(ZMQError) -> Frame? {
    guard let payload = self.payload, rows != 0..<self.rows.count else { return self.payload }
    let start = self.rows[rows.lowerBound].payloadStart
    let end =
      rows.upperBound < self.rows.count ? self.rows[rows.upperBound].payloadStart : payload.byteCount
    return start == end ? nil : try Frame(copying: payload.bytes.extracting(start..<end))
  }

  /// Those of some rows that are not sent.
  func refusals(in rows: Range<Int>) -> [RefusedRow] {
    self.refusals.isEmpty ? [] : self.refusals.filter { rows.contains($0.row) }
  }
}
