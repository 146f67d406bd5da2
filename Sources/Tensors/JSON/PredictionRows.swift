import CSimdjson

/// Writes outputs row by row, as elements of `{"predictions": [...]}` or as JSON Lines.
///
/// A row of one output is its value, nested as the output's shape without the batch axis; of several outputs an object
/// of output name to value. Numbers are written as in an Open Inference reply: the shortest text that reads back as
/// the same value, always with a point or an exponent for float types; NaN and infinities as strings.
public struct PredictionRows {
  private let outputs: [NamedTensor]
  /// How many rows there are.
  public let count: Int

  /// Prepares to write `rows` predictions.
  ///
  /// Throws `unrepresentable` for an output that does not have that many rows; a scalar will do for one.
  public init(_ outputs: [NamedTensor], rows: Int) throws(TensorError) {
    self.outputs = outputs
    self.count = rows
    for output in outputs {
      guard output.tensor.rowCount == rows || (output.tensor.rank == 0 && rows == 1) else {
        throw TensorError(
          .unrepresentable,
          "output \"\(output.name)\" of shape \(Shape.text(output.tensor.shape)) cannot be split into predictions for "
            + "\(rows) instances; ask in the Open Inference form")
      }
    }
  }

  /// Appends all rows, each with the separator behind it, and returns the buffer's count after each.
  ///
  /// Throws `wrongSize` for an output with fewer bytes than its shape says; the buffer then holds some of the rows.
  @discardableResult
  public func append(to buffer: ByteBuffer, separator: Unicode.Scalar = "\n") throws(TensorError) -> [Int] {
    let (keys, keyEnds) = self.keys()
    let rowShapes = self.outputs.map { $0.tensor.shape.dropFirst().map { Int64($0) } }
    var ends = [Int](repeating: 0, count: self.count)
    var culprit = 0
    let written = withExtendedLifetime((keys, self.outputs)) {
      rowShapes.flatMap(\.self).withUnsafeBufferPointer { shapes in
        var columns = self.columns(keys: keys, keyEnds: keyEnds, rowShapes: rowShapes, flat: shapes.baseAddress)
        let start = keyEnds.last ?? 0
        let tail = Self.text(keys, start..<keys.count)
        return csj_write_rows(
          &buffer.storage, &columns, columns.count, tail, CChar(truncatingIfNeeded: separator.value), self.count, &ends,
          &culprit)
      }
    }
    guard written == self.count else {
      throw TensorError(
        .internal, .wrongSize, "output \"\(self.outputs[culprit].name)\" has fewer bytes than its shape says")
    }
    return ends
  }

  /// What stands before each output's value, one after the other, where each ends, and then what closes a row.
  private func keys() -> (ByteBuffer, ends: [Int]) {
    let keys = ByteBuffer()
    var ends: [Int] = []
    for (index, output) in self.outputs.enumerated() {
      if self.outputs.count > 1 {
        keys.append(json: index == 0 ? "{" : ",")
        keys.append(string: output.name)
        keys.append(json: ":")
      }
      ends.append(keys.count)
    }
    if self.outputs.count > 1 { keys.append(json: "}") }
    if self.outputs.isEmpty { keys.append(json: "{}") }
    return (keys, ends)
  }

  /// The outputs as C wants them; their pointers hold as long as the keys, the outputs and the flat shapes.
  private func columns(
    keys: ByteBuffer, keyEnds: [Int], rowShapes: [[Int64]], flat: UnsafePointer<Int64>?
  ) -> [csj_column] {
    var columns: [csj_column] = []
    var keyStart = 0
    var shapeStart = 0
    for (index, output) in self.outputs.enumerated() {
      let buffer = output.tensor.buffer
      columns.append(
        csj_column(
          key: Self.text(keys, keyStart..<keyEnds[index]), data_type: output.tensor.dataType.rawValue,
          cursor: buffer.baseAddress, end: buffer.baseAddress.map { $0 + buffer.count },
          dims: flat.map { $0 + shapeStart }, rank: rowShapes[index].count))
      keyStart = keyEnds[index]
      shapeStart += rowShapes[index].count
    }
    return columns
  }

  private static func text(_ buffer: ByteBuffer, _ range: Range<Int>) -> csj_text {
    guard let base = buffer.storage.bytes else { return csj_text() }
    return csj_text(
      bytes: UnsafeRawPointer(base + range.lowerBound).assumingMemoryBound(to: CChar.self), size: range.count)
  }
}

extension ByteBuffer {
  /// Appends `{"predictions": [...]}`, with the model's name and version if given.
  ///
  /// Throws what `PredictionRows` throws.
  public func appendPredictions(
    _ outputs: [NamedTensor], rows: Int, modelName: String? = nil, modelVersion: String? = nil
  ) throws(TensorError) {
    let predictions = try PredictionRows(outputs, rows: rows)
    self.append(json: "{\"predictions\":[")
    try predictions.append(to: self, separator: ",")
    if rows > 0 { self.storage.count -= 1 }
    self.append(json: "]")
    if let modelName {
      self.append(json: ",\"model_name\":")
      self.append(string: modelName)
    }
    if let modelVersion {
      self.append(json: ",\"model_version\":")
      self.append(string: modelVersion)
    }
    self.append(json: "}")
  }

  /// Appends one prediction a line.
  ///
  /// Throws what `PredictionRows` throws.
  public func appendLines(_ outputs: [NamedTensor], rows: Int) throws(TensorError) {
    try PredictionRows(outputs, rows: rows).append(to: self)
  }
}
