import Glibc
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

  /// Bytes written.
  var byteCount: Int { self.buffer.count }

  /// Makes room for lines that are about as long as those of another.
  func reserve(like other: RowLines) {
    self.buffer.reserve(other.byteCount + other.byteCount / 16)
  }

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

  /// The lines as a message part. To be called once, at the end.
  func frame() throws(ZMQError) -> Frame {
    let buffer = self.buffer
    if self.isInOrder { return try self.handOver() }
    let lines = self.linesByRow()
    return try Frame(byteCount: lines.reduce(0) { $0 + $1.bytes.count }) { output in
      for line in lines {
        for offset in line.bytes {
          output.append(buffer.bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
        }
      }
    }
  }

  /// The buffer itself, which is empty then: bulk answers are too large to be copied.
  private func handOver() throws(ZMQError) -> Frame {
    guard let bytes = self.buffer.release() else { return try Frame(byteCount: 0) { _ in } }
    do throws(ZMQError) {
      return try Frame(adopting: bytes)
    } catch {
      free(bytes.baseAddress)
      throw error
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
