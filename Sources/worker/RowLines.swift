import QueueCore
import Tensors
import ZeroMQ

/// The predictions of a request of JSON Lines, one a line, in the order of its rows.
final class RowLines {
  private struct Line {
    var row: Int
    var bytes: Range<Int>
  }

  private let buffer = ByteBuffer()
  private var lines: [Line] = []
  /// Whether the buffer is just the lines one after the other.
  private var isInOrder = true

  /// Lines written.
  var count: Int { self.lines.count }

  /// Writes a line for each of these rows, whose numbers ascend. Throws ``TensorError`` if the outputs do not divide
  /// among them; then none of them is written.
  func append(_ outputs: [NamedTensor], rows: [Int]) throws(TensorError) {
    var predictions = try PredictionRows(outputs, rows: rows.count)
    var written: [Line] = []
    written.reserveCapacity(rows.count)
    let newline: InlineArray<1, UInt8> = [UInt8(ascii: "\n")]
    for row in rows {
      let start = self.buffer.count
      do throws(TensorError) {
        try predictions.appendNext(to: self.buffer)
      } catch {
        // What has been written of these rows stays in the buffer, between the lines.
        self.isInOrder = false
        throw error
      }
      self.buffer.append(newline.span.bytes)
      written.append(Line(row: row, bytes: start..<self.buffer.count))
    }
    // Rows of one shape run together, so a later slice may have earlier rows.
    if let last = self.lines.last, let first = written.first, first.row < last.row { self.isInOrder = false }
    self.lines.append(contentsOf: written)
  }

  /// The lines as a message part.
  func frame() throws(ZMQError) -> Frame {
    let buffer = self.buffer
    if self.isInOrder { return try Frame(copying: buffer.bytes) }
    let sorted = self.lines.sorted { $0.row < $1.row }
    return try Frame(byteCount: self.lines.reduce(0) { $0 + $1.bytes.count }) { output in
      for line in sorted {
        for offset in line.bytes {
          output.append(buffer.bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
        }
      }
    }
  }
}
