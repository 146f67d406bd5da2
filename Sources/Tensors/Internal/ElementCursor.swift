import CSimdjson

/// Walks a tensor's elements and writes them as JSON.
struct ElementCursor {
  private let tensor: Tensor
  private var offset = 0

  init(_ tensor: Tensor) { self.tensor = tensor }

  /// Writes the next elements as nested arrays of that shape.
  mutating func appendNext(shape: [Int64], to buffer: ByteBuffer, name: String) throws(TensorError) {
    let dataType = self.tensor.dataType.rawValue
    let start = self.offset
    let (written, consumed) = self.tensor.buffer.withUnsafeBytes { bytes -> (Bool, Int) in
      guard let base = bytes.baseAddress else {
        var none: UnsafeRawPointer?
        return (csj_write_nested(&buffer.storage, dataType, &none, nil, shape, shape.count), 0)
      }
      var next: UnsafeRawPointer? = base + start
      let written = csj_write_nested(&buffer.storage, dataType, &next, base + bytes.count, shape, shape.count)
      return (written, (next ?? base) - (base + start))
    }
    self.offset += consumed
    guard written else {
      throw TensorError(.internal, .wrongSize, "output \"\(name)\" has fewer bytes than its shape says")
    }
  }
}
