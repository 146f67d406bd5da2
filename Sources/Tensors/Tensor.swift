/// An immutable array of elements of one type with a shape, row-major; little-endian bytes, owned or borrowed.
///
/// Copying a tensor copies a reference. BYTES elements lie in the buffer as on the wire: a 32-bit little-endian length
/// and then the bytes, one element after the other.
public struct Tensor: Sendable, Equatable {
  /// The type of the elements.
  public let dataType: DataType
  /// The dimensions, outermost first; empty for a scalar. The first is the batch axis where there is one.
  public let shape: [Int]
  /// The elements' bytes; exactly as many as shape and type need.
  public let buffer: TensorBuffer

  /// Views bytes as a tensor without copying them.
  ///
  /// Throws `wrongSize` when they are not exactly what the shape and type need, BYTES elements overrun the end, or a
  /// BOOL is neither 0 nor 1. `name` is for the message.
  public init(dataType: DataType, shape: [Int], buffer: TensorBuffer, name: String? = nil) throws(TensorError) {
    let checked = Tensor(unchecked: dataType, shape: shape, buffer: buffer)
    try checked.validateBuffer(name: name)
    self = checked
  }

  init(unchecked dataType: DataType, shape: [Int], buffer: TensorBuffer) {
    self.dataType = dataType
    self.shape = shape
    self.buffer = buffer
  }

  /// The number of elements.
  public var elementCount: Int { self.shape.reduce(1, *) }

  /// The number of dimensions, 0 for a scalar.
  public var rank: Int { self.shape.count }

  /// The first dimension; nil for a scalar.
  public var rowCount: Int? { self.shape.first }

  /// The same elements with other dimensions; throws `wrongShape` when their number would differ.
  public func reshaped(to shape: [Int]) throws(TensorError) -> Tensor {
    guard Shape.elementCount(shape) == self.elementCount else {
      throw TensorError(
        .wrongShape, "cannot reshape \(Shape.text(self.shape)) to \(Shape.text(shape)): another number of elements")
    }
    return Tensor(unchecked: self.dataType, shape: shape, buffer: self.buffer)
  }

  private func validateBuffer(name: String?) throws(TensorError) {
    guard let elements = Shape.elementCount(self.shape), self.shape.count <= Shape.maximumRank else {
      throw self.error(
        .wrongShape, name: name,
        "shape \(Shape.text(self.shape)), expected at most \(Shape.maximumRank) dimensions of 0 or more and a product "
          + "that memory can hold")
    }
    guard let width = self.dataType.byteWidth else { return try self.validateStrings(count: elements, name: name) }
    guard elements * width == self.buffer.count else {
      throw self.error(
        .wrongSize, name: name,
        "\(self.buffer.count) bytes, expected \(elements * width) for \(self.dataType)\(Shape.text(self.shape))")
    }
    guard self.dataType == .bool else { return }
    let sound = self.buffer.withUnsafeBytes { bytes in bytes.allSatisfy { $0 <= 1 } }
    guard sound else { throw self.error(.wrongType, name: name, "a BOOL is neither 0 nor 1") }
  }

  private func validateStrings(count: Int, name: String?) throws(TensorError) {
    // Every element has at least its length, so more elements than bytes cannot be there: don't walk for them.
    let end = self.buffer.withUnsafeBytes { bytes in
      count <= bytes.count ? BytesCoding.end(of: count, in: bytes) : nil
    }
    guard end == self.buffer.count else {
      throw self.error(
        .wrongSize, name: name,
        "\(self.buffer.count) bytes do not hold exactly the \(count) length-prefixed elements of BYTES "
          + Shape.text(self.shape))
    }
  }

  private func error(_ reason: TensorError.Reason, name: String?, _ text: String) -> TensorError {
    TensorError(reason, name.map { "tensor \"\($0)\": \(text)" } ?? text)
  }
}

/// A tensor with the name that the model or the protocol gives it.
public struct NamedTensor: Sendable, Equatable {
  /// The name in the model or payload.
  public var name: String
  /// The values.
  public var tensor: Tensor

  /// Names a tensor.
  public init(_ name: String, _ tensor: Tensor) {
    self.name = name
    self.tensor = tensor
  }
}
