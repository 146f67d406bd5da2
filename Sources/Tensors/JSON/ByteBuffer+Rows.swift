import CSimdjson

extension ByteBuffer {
  /// Appends raw elements, in the host's byte order, as a JSON value nested as the shape says; a scalar for none.
  ///
  /// Numbers are the shortest text that reads back as the same value, NaN and infinities are strings. The bytes must be
  /// as many as type and shape say; types without a fixed width have no such form.
  public func append(values bytes: UnsafeRawBufferPointer, dataType: DataType, shape: [Int]) {
    precondition(
      Shape.byteCount(shape, of: dataType) == bytes.count,
      "Cannot write \(bytes.count) bytes as \(dataType) of shape \(Shape.text(shape))")
    var next = bytes.baseAddress
    let end = bytes.baseAddress.map { $0 + bytes.count }
    let dimensions = shape.map { Int64($0) }
    let written = csj_write_nested(&self.storage, dataType.rawValue, &next, end, dimensions, dimensions.count)
    precondition(written, "Cannot write a payload when memory has run out")
  }
}
