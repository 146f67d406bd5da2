import Tensors
import ZeroMQ

/// Header parts of replies that have been written, to be sent again with replies of the same form: all outputs raw, so
/// that nothing in the header depends on their values.
struct RawReplyHeaders {
  private struct Entry {
    /// Outputs that were asked for; empty for all.
    var wanted: [TensorRequest.RequestedOutput]
    var binaryOutput: Bool?
    var rows: Int
    /// Type and shape of all outputs, in the model's order.
    var outputs: [(type: DataType, shape: [Int])]
    /// One part.
    var header: [Frame]
  }

  private static let capacity = 4
  private var entries: [Entry] = []
  private var oldest = 0

  /// The header part for a reply with so many rows of these outputs, which may have more; nil if it is not remembered.
  func header(for request: TensorRequest, _ outputs: [Tensor], rows: Int) -> [Frame]? {
    guard request.id == nil else { return nil }
    return self.entries.first { entry in
      entry.rows == rows && entry.binaryOutput == request.binaryOutput && entry.wanted == request.outputs
        && entry.outputs.count == outputs.count
        && zip(entry.outputs, outputs).allSatisfy {
          $0.type == $1.dataType && $0.shape.count == $1.shape.count && $0.shape.dropFirst() == $1.shape.dropFirst()
        }
    }?.header
  }

  /// Remembers the header of a reply that was written for these outputs, if its like can be sent again.
  mutating func remember(_ header: [Frame], of request: TensorRequest, _ outputs: [Tensor]) {
    let byDefault = request.binaryOutput ?? true
    let isRaw = request.outputs.isEmpty ? byDefault : request.outputs.allSatisfy { $0.isBinary ?? byDefault }
    guard request.id == nil, isRaw, let rows = outputs.first?.rowCount, rows > 0 else { return }
    // Strings have no fixed width, so their number of bytes, which the header tells, depends on the values.
    guard outputs.allSatisfy({ $0.rowCount == rows && $0.dataType.byteWidth != nil }) else { return }
    guard self.header(for: request, outputs, rows: rows) == nil else { return }
    let entry = Entry(
      wanted: request.outputs, binaryOutput: request.binaryOutput, rows: rows,
      outputs: outputs.map { ($0.dataType, $0.shape) }, header: header)
    if self.entries.count < Self.capacity {
      self.entries.append(entry)
    } else {
      self.entries[self.oldest] = entry
      self.oldest = (self.oldest + 1) % Self.capacity
    }
  }
}
