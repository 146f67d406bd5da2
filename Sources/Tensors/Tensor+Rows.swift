extension Tensor {
  /// Views some rows without copying them; throws `wrongShape` for a scalar and for rows that are not there.
  public func rows(_ range: Range<Int>) throws(TensorError) -> Tensor {
    guard let count = self.rowCount, range.lowerBound >= 0, range.upperBound <= count else {
      throw TensorError(
        .wrongShape, "rows \(range.lowerBound)..<\(range.upperBound) of a tensor of shape \(Shape.text(self.shape))")
    }
    let bytes = self.byteRange(of: range, from: 0)
    return self.part(rows: range.count, bytes: bytes)
  }

  /// Cuts the tensor into consecutive runs of rows, without copying.
  ///
  /// Throws `wrongShape` when the counts do not add up to the tensor's rows.
  public func split(rowCounts: [Int]) throws(TensorError) -> [Tensor] {
    let total = rowCounts.reduce(0, +)
    guard self.rowCount == total, rowCounts.allSatisfy({ $0 >= 0 }) else {
      throw TensorError(
        .wrongShape, "a tensor of shape \(Shape.text(self.shape)), expected \(total) rows to split as \(rowCounts)")
    }
    var parts: [Tensor] = []
    parts.reserveCapacity(rowCounts.count)
    var row = 0
    var offset = 0
    for count in rowCounts {
      let bytes = self.byteRange(of: row..<(row + count), from: offset)
      parts.append(self.part(rows: count, bytes: bytes))
      row += count
      offset = bytes.upperBound
    }
    return parts
  }

  /// Copies tensors of one type and row shape, one after the other, into one with all their rows.
  ///
  /// Throws `wrongType` or `wrongShape` when they differ in more than the first dimension, or there is none to join.
  public static func concatenated(_ tensors: [Tensor]) throws(TensorError) -> Tensor {
    guard let first = tensors.first, first.rank > 0 else {
      throw TensorError(.wrongShape, "nothing to concatenate: expected tensors with a first dimension")
    }
    if tensors.count == 1 { return first }
    var rows = 0
    var byteCount = 0
    for tensor in tensors {
      guard tensor.dataType == first.dataType else {
        throw TensorError(.wrongType, "cannot concatenate \(tensor.dataType) to \(first.dataType)")
      }
      guard tensor.rank == first.rank, tensor.shape.dropFirst() == first.shape.dropFirst() else {
        throw TensorError(
          .wrongShape, "cannot concatenate shape \(Shape.text(tensor.shape)) to \(Shape.text(first.shape))")
      }
      rows += tensor.shape[0]
      byteCount += tensor.buffer.count
    }
    let memory = TensorMemory(byteCount: byteCount) { target in
      var offset = 0
      for tensor in tensors {
        tensor.buffer.withUnsafeBytes { source in
          UnsafeMutableRawBufferPointer(rebasing: target[offset...]).copyMemory(from: source)
          offset += source.count
        }
      }
    }
    return Tensor(
      unchecked: first.dataType, shape: [rows] + first.shape.dropFirst(), buffer: TensorBuffer(memory))
  }

  /// Where rows lie; `start` is the offset of the first of them in a BYTES tensor if the caller walks along, else 0.
  private func byteRange(of rows: Range<Int>, from start: Int) -> Range<Int> {
    let rowElements = self.shape.dropFirst().reduce(1, *)
    if let width = self.dataType.byteWidth {
      return (rows.lowerBound * rowElements * width)..<(rows.upperBound * rowElements * width)
    }
    return self.buffer.withUnsafeBytes { bytes in
      let skipped = start > 0 ? 0 : rows.lowerBound * rowElements
      // Both walks stay inside: the elements were counted when the tensor was made.
      let lower = BytesCoding.end(of: skipped, in: bytes, from: start) ?? bytes.count
      let upper = BytesCoding.end(of: rows.count * rowElements, in: bytes, from: lower) ?? bytes.count
      return lower..<upper
    }
  }

  private func part(rows: Int, bytes: Range<Int>) -> Tensor {
    var shape = self.shape
    shape[0] = rows
    return Tensor(unchecked: self.dataType, shape: shape, buffer: self.buffer[bytes])
  }
}
