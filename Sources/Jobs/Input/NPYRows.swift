import Store
import Tensors

/// Cuts the elements of a NumPy array into rows. Their numbers stand in for lines.
struct NPYCutter: RecordCutter {
  private let rows: Int
  private let rowBytes: Int
  private(set) var place: Int
  private(set) var lines: UInt64 = 0

  /// Cuts as many rows as the header says, or as are given.
  init(_ header: NPYHeader, rows: Int? = nil) {
    self.rows = rows ?? header.rows
    self.rowBytes = header.rowBytes
    self.place = header.dataStart
  }

  mutating func jump(to place: Int, lines: UInt64) {
    self.place = place
    self.lines = lines
  }

  mutating func next(in window: InputWindow) -> Cut {
    guard self.lines < UInt64(self.rows) else {
      if window.end == self.place, !window.isAtEnd { return .needsBytes(keeping: self.place) }
      guard window.end == self.place else {
        return .damaged("byte \(self.place): more follows the \(self.rows) rows that its header announces")
      }
      return .end
    }
    let end = self.place + self.rowBytes
    guard end <= window.end else {
      guard window.isAtEnd else { return .needsBytes(keeping: self.place) }
      return .damaged("byte \(window.end): it ends within row \(self.lines + 1) of \(self.rows)")
    }
    let record = Record(
      content: self.place..<end, start: self.place, end: end, line: self.lines + 1, endLine: self.lines + 1)
    self.place = end
    self.lines += 1
    return .record(record)
  }
}

/// Makes JSON rows of rows of a NumPy array: every number as the shortest text that reads back as the same value.
final class NPYRowMaker: RowMaker {
  private let header: NPYHeader
  private let labeler: RowLabeler
  private let isRowJoined: Bool
  private let text = ByteBuffer()
  private var swapped: [UInt8] = []

  init(_ header: NPYHeader, options: RowOptions) {
    self.header = header
    self.labeler = RowLabeler(options)
    self.isRowJoined = options.join == .row
  }

  func make(_ record: UnsafeRawBufferPointer, into draft: inout RowDraft) {
    let width = self.header.dataType.byteWidth ?? 1
    self.text.removeAll()
    if self.header.isBigEndian, width > 1 {
      self.swapped.removeAll(keepingCapacity: true)
      for start in stride(from: 0, to: record.count, by: width) {
        self.swapped.append(contentsOf: record[start..<start + width].reversed())
      }
      self.swapped.withUnsafeBytes {
        self.text.append(values: $0, dataType: self.header.dataType, shape: self.header.rowShape)
      }
    } else {
      self.text.append(values: record, dataType: self.header.dataType, shape: self.header.rowShape)
    }
    let text = self.text
    text.bytes.withUnsafeBytes { draft.payload.append(contentsOf: $0) }
    self.labeler.begin(id: [], to: &draft.lead)
    if self.isRowJoined { draft.payload.withUnsafeBytes { self.labeler.join(row: $0, to: &draft.lead) } }
    self.labeler.end(to: &draft.lead)
  }
}
