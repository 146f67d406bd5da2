/// Writes outputs row by row, as elements of `{"predictions": [...]}` or as JSON Lines.
///
/// A row of one output is its value, nested as the output's shape without the batch axis; of several outputs an object
/// of output name to value. Numbers are written as in an Open Inference reply: the shortest text that reads back as
/// the same value, always with a point or an exponent for float types; NaN and infinities as strings.
public struct PredictionRows {
  private let names: [String]
  private let rowShapes: [[Int64]]
  private var cursors: [ElementCursor]
  /// How many rows there are left to write.
  public private(set) var remaining: Int

  /// Prepares to write `rows` predictions.
  ///
  /// Throws `unrepresentable` for an output that does not have that many rows; a scalar will do for one.
  public init(_ outputs: [NamedTensor], rows: Int) throws(TensorError) {
    self.names = outputs.map { $0.name }
    self.cursors = outputs.map { ElementCursor($0.tensor) }
    self.remaining = rows
    var rowShapes: [[Int64]] = []
    for output in outputs {
      guard output.tensor.rowCount == rows || (output.tensor.rank == 0 && rows == 1) else {
        throw TensorError(
          .unrepresentable,
          "output \"\(output.name)\" of shape \(Shape.text(output.tensor.shape)) cannot be split into predictions for "
            + "\(rows) instances; ask in the Open Inference form")
      }
      rowShapes.append(output.tensor.shape.dropFirst().map { Int64($0) })
    }
    self.rowShapes = rowShapes
  }

  /// Appends the next row, without a separator.
  public mutating func appendNext(to buffer: ByteBuffer) throws(TensorError) {
    precondition(self.remaining > 0, "Cannot write more predictions than there are rows")
    self.remaining -= 1
    if self.names.count == 1 {
      try self.cursors[0].appendNext(shape: self.rowShapes[0], to: buffer, name: self.names[0])
      return
    }
    buffer.append(json: "{")
    for index in self.names.indices {
      if index > 0 { buffer.append(json: ",") }
      buffer.append(string: self.names[index])
      buffer.append(json: ":")
      try self.cursors[index].appendNext(shape: self.rowShapes[index], to: buffer, name: self.names[index])
    }
    buffer.append(json: "}")
  }
}

extension ByteBuffer {
  /// Appends `{"predictions": [...]}`, with the model's name and version if given.
  ///
  /// Throws what `PredictionRows` throws.
  public func appendPredictions(
    _ outputs: [NamedTensor], rows: Int, modelName: String? = nil, modelVersion: String? = nil
  ) throws(TensorError) {
    var predictions = try PredictionRows(outputs, rows: rows)
    self.append(json: "{\"predictions\":[")
    while predictions.remaining > 0 {
      try predictions.appendNext(to: self)
      if predictions.remaining > 0 { self.append(json: ",") }
    }
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
    var predictions = try PredictionRows(outputs, rows: rows)
    while predictions.remaining > 0 {
      try predictions.appendNext(to: self)
      self.append(json: "\n")
    }
  }
}
