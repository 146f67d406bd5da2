extension Tensor {
  /// Copies numbers or booleans; without a shape they form one dimension.
  ///
  /// Throws `wrongShape` when the shape is for another number of elements.
  public init<Element: TensorElement>(_ values: [Element], shape: [Int]? = nil) throws(TensorError) {
    let shape = try Self.shape(shape, for: values.count)
    let memory = values.withUnsafeBytes { source in
      TensorMemory(byteCount: source.count) { target in target.copyMemory(from: source) }
    }
    self.init(unchecked: Element.dataType, shape: shape, buffer: TensorBuffer(memory))
  }

  /// Copies strings into a BYTES tensor; without a shape they form one dimension.
  ///
  /// Throws `wrongShape` when the shape is for another number of elements.
  public init(_ values: [String], shape: [Int]? = nil) throws(TensorError) {
    try self.init(byteStrings: values.map { $0.utf8 }, shape: shape)
  }

  /// Copies strings of any bytes, each of less than 4 GiB, into a BYTES tensor; without a shape they form one
  /// dimension.
  ///
  /// Throws `wrongShape` when the shape is for another number of elements.
  public init(byteStrings values: [some Collection<UInt8>], shape: [Int]? = nil) throws(TensorError) {
    let shape = try Self.shape(shape, for: values.count)
    guard values.allSatisfy({ $0.count <= Int(UInt32.max) }) else {
      throw TensorError(.wrongSize, "a BYTES element of 4 GiB or more, expected less")
    }
    self.init(unchecked: .bytes, shape: shape, buffer: TensorBuffer(BytesCoding.encode(values)))
  }

  /// Copies strings that lie one after the other; `offsets` says where each starts and, last, where the last one ends.
  ///
  /// Throws `wrongSize` for offsets that do not ascend within the content, `wrongShape` as the others do.
  package init(content: UnsafeRawBufferPointer, offsets: [Int], shape: [Int]) throws(TensorError) {
    let shape = try Self.shape(shape, for: offsets.count - 1)
    guard let memory = BytesCoding.encode(content, offsets: offsets) else {
      throw TensorError(.wrongSize, "offsets of BYTES elements do not ascend within their \(content.count) bytes")
    }
    self.init(unchecked: .bytes, shape: shape, buffer: TensorBuffer(memory))
  }

  /// Makes a tensor of rank 0.
  public init<Element: TensorElement>(scalar value: Element) {
    let memory = withUnsafeBytes(of: value) { source in
      TensorMemory(byteCount: source.count) { target in target.copyMemory(from: source) }
    }
    self.init(unchecked: Element.dataType, shape: [], buffer: TensorBuffer(memory))
  }

  /// Rounds numbers to one of the float types; without a shape they form one dimension.
  ///
  /// Throws `wrongShape` when the shape is for another number of elements, `wrongType` for another type.
  public init(floats: [Float], shape: [Int]? = nil, as dataType: DataType) throws(TensorError) {
    switch dataType {
    case .fp16: try self.init(floats.map { Float16($0) }, shape: shape)
    case .bf16: try self.init(floats.map { BFloat16($0) }, shape: shape)
    case .fp32: try self.init(floats, shape: shape)
    case .fp64: try self.init(floats.map { Double($0) }, shape: shape)
    default: throw TensorError(.wrongType, "datatype \(dataType), expected FP16, BF16, FP32 or FP64")
    }
  }

  /// Makes a tensor of zeros, or of empty strings.
  ///
  /// Throws `wrongShape` when a dimension is negative or memory cannot hold it.
  public init(zeros dataType: DataType, shape: [Int]) throws(TensorError) {
    // A BYTES element of length 0 is four zero bytes.
    let width = dataType.byteWidth ?? BytesCoding.lengthSize
    guard let count = Shape.elementCount(shape), let memory = TensorMemory(zeroed: count * width) else {
      throw TensorError(.wrongShape, "shape \(Shape.text(shape)) has no size that memory can hold")
    }
    self.init(unchecked: dataType, shape: shape, buffer: TensorBuffer(memory))
  }

  /// Copies the elements out; throws `wrongType` when the tensor holds another type.
  public func values<Element: TensorElement>(as element: Element.Type = Element.self) throws(TensorError) -> [Element] {
    guard Element.dataType == self.dataType else {
      throw TensorError(.wrongType, "the tensor holds \(self.dataType), not \(Element.dataType)")
    }
    return self.buffer.withUnsafeBytes { Element.values(in: $0) }
  }

  /// Copies the strings out; throws `wrongType` when the tensor holds another type or one is not UTF-8.
  public func strings() throws(TensorError) -> [String] {
    var strings: [String] = []
    strings.reserveCapacity(self.elementCount)
    try self.forEachElement { (bytes: UnsafeRawBufferPointer) throws(TensorError) in
      guard let string = String(validating: bytes, as: UTF8.self) else {
        throw TensorError(.wrongType, "element \(strings.count) of the BYTES tensor is not UTF-8 text")
      }
      strings.append(string)
    }
    return strings
  }

  /// Copies the strings out as bytes; throws `wrongType` when the tensor holds another type.
  public func byteStrings() throws(TensorError) -> [[UInt8]] {
    var strings: [[UInt8]] = []
    strings.reserveCapacity(self.elementCount)
    try self.forEachElement { strings.append([UInt8]($0)) }
    return strings
  }

  /// Calls a closure with the bytes of each BYTES element in turn; throws `wrongType` when the tensor holds another
  /// type.
  public func forEachElement(
    _ body: (UnsafeRawBufferPointer) throws(TensorError) -> Void
  ) throws(TensorError) {
    guard self.dataType == .bytes else {
      throw TensorError(.wrongType, "the tensor holds \(self.dataType), not BYTES")
    }
    try self.buffer.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(TensorError) in
      try BytesCoding.forEach(in: bytes, body)
    }
  }

  /// The elements of any float type as `Float`; FP64 is rounded. Throws `wrongType` for another type.
  public func floats() throws(TensorError) -> [Float] {
    switch self.dataType {
    case .fp16: try self.values(as: Float16.self).map { Float($0) }
    case .bf16: try self.values(as: BFloat16.self).map { $0.float }
    case .fp32: try self.values(as: Float.self)
    case .fp64: try self.values(as: Double.self).map { Float($0) }
    default: throw TensorError(.wrongType, "the tensor holds \(self.dataType), not FP16, BF16, FP32 or FP64")
    }
  }

  private static func shape(_ shape: [Int]?, for count: Int) throws(TensorError) -> [Int] {
    guard let shape else { return [count] }
    guard Shape.elementCount(shape) == count else {
      throw TensorError(.wrongShape, "\(count) values for shape \(Shape.text(shape)), expected as many as its product")
    }
    return shape
  }
}
