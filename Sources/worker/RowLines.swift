import QueueCore
import Tensors
import ZeroMQ

/// The predictions of a request of JSON Lines, one a line, in the order of its rows.
final class RowLines {
  /// The lines of one engine call: as many ends as rows.
  private struct Run {
    var rows: [Int]
    var start: Int
    var ends: [Int]
  }

  private let buffer = ByteBuffer()
  private var runs: [Run] = []
  /// Whether the buffer is just the lines one after the other.
  private var isInOrder = true

  /// Lines written.
  private(set) var count = 0

  /// Writes a line for each of these rows, whose numbers ascend. Throws ``TensorError`` if the outputs do not divide
  /// among them; then none of them is written.
  func append(_ outputs: [NamedTensor], rows: [Int]) throws(TensorError) {
    let predictions = try PredictionRows(outputs, rows: rows.count)
    let start = self.buffer.count
    let ends: [Int]
    do throws(TensorError) {
      ends = try predictions.append(to: self.buffer)
    } catch {
      // What has been written of these rows stays in the buffer, between the lines.
      self.isInOrder = false
      throw error
    }
    // Rows of one shape run together, so a later slice may have earlier rows.
    if let last = self.runs.last?.rows.last, let first = rows.first, first < last { self.isInOrder = false }
    self.runs.append(Run(rows: rows, start: start, ends: ends))
    self.count += rows.count
  }

  /// The lines as a message part.
  func frame() throws(ZMQError) -> Frame {
    let buffer = self.buffer
    if self.isInOrder { return try Frame(copying: buffer.bytes) }
    let lines = self.linesByRow()
    return try Frame(byteCount: lines.reduce(0) { $0 + $1.bytes.count }) { output in
      for line in lines {
        for offset in line.bytes {
          output.append(buffer.bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
        }
      }
    }
  }

  private func linesByRow() -> [(row: Int, bytes: Range<Int>)] {
    var lines: [(row: Int, bytes: Range<Int>)] = []
    for run in self.runs {
      var start = run.start
      for (row, end) in zip(run.rows, run.ends) {
        lines.append((row, start..<end))
        start = end
      }
    }
    return lines.sorted { $0.row < $1.row }
  }
}
