import CSimdjson

/// Joins tensors that announce raw bytes to the message parts that carry them.
enum BinaryParts {
  /// Takes the parser's tensors; those with `binary_data_size` view the next part, whose size must agree.
  static func fill(_ handle: ParserHandle, with parts: [TensorBuffer]) throws(TensorError) -> [NamedTensor] {
    var tensors: [NamedTensor] = []
    var used = 0
    for index in 0..<handle.summary.tensor_count {
      let raw = csj_tensor_at(handle.raw, 0, index)
      let name = ParserHandle.string(raw.name)
      guard raw.binary_size >= 0 else {
        tensors.append(NamedTensor(name, try handle.takeTensor(raw, group: 0, index: index)))
        continue
      }
      guard used < parts.count else {
        throw TensorError(
          .wrongSize,
          "tensor \"\(name)\" announces \(raw.binary_size) bytes of binary data, but the message has "
            + "\(parts.count) tensor parts")
      }
      tensors.append(NamedTensor(name, try Self.tensor(raw, named: name, viewing: parts[used])))
      used += 1
    }
    guard used == parts.count else {
      throw TensorError(
        .wrongSize, "the message has \(parts.count) tensor parts, expected \(used): one per \"binary_data_size\"")
    }
    return tensors
  }

  private static func tensor(
    _ raw: csj_tensor, named name: String, viewing part: TensorBuffer
  ) throws(TensorError) -> Tensor {
    guard part.count == raw.binary_size else {
      throw TensorError(
        .wrongSize, "tensor \"\(name)\" announces \(raw.binary_size) bytes of binary data, its part has \(part.count)")
    }
    guard let dataType = DataType(rawValue: raw.data_type) else {
      throw TensorError(.internal, .wrongType, "the parser knows a type \(raw.data_type) that Swift does not")
    }
    let shape = UnsafeBufferPointer(start: raw.dims, count: raw.rank).map { Int($0) }
    return try Tensor(dataType: dataType, shape: shape, buffer: part, name: name)
  }
}
