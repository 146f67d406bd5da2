import CSimdjson

/// Owns the C++ parser and turns what it found into Swift values.
final class ParserHandle {
  let raw: OpaquePointer

  init() {
    guard let raw = csj_parser_create() else { preconditionFailure("Cannot make a parser when memory has run out") }
    self.raw = raw
  }

  deinit { csj_parser_destroy(self.raw) }

  func addInput(_ spec: TensorSpec) throws(TensorError) {
    var name = spec.name
    let dimensions = (spec.shape ?? []).map { Int64($0) }
    let reason = name.withUTF8 { text in
      text.withMemoryRebound(to: CChar.self) { characters in
        csj_parser_add_input(
          self.raw, csj_text(bytes: characters.baseAddress, size: characters.count), spec.dataType.rawValue, dimensions,
          spec.shape == nil ? -1 : Int32(clamping: dimensions.count))
      }
    }
    guard Int(reason) == CSJ_OK else {
      throw TensorError(
        .unimplemented, .wrongShape, "input \"\(spec.name)\": rank \(dimensions.count), at most \(Shape.maximumRank)")
    }
  }

  var summary: csj_summary { csj_last_summary(self.raw) }

  /// Throws the failure of the last call if it returned a reason.
  func check(_ reason: Int32) throws(TensorError) {
    guard Int(reason) == CSJ_OK else { throw Self.error(csj_last_failure(self.raw)) }
  }

  static func error(_ failure: csj_failure) -> TensorError {
    let reason = TensorError.Reason(rawValue: failure.reason) ?? .malformedJSON
    let message = Self.string(failure.message)
    return TensorError(
      reason, message.isEmpty ? "not enough memory to parse the payload" : message,
      byteOffset: failure.offset >= 0 ? Int(failure.offset) : nil)
  }

  static func string(_ text: csj_text) -> String {
    String(decoding: UnsafeRawBufferPointer(start: text.bytes, count: text.size), as: UTF8.self)
  }

  /// The tensors of a group, their memory taken over.
  func takeTensors(group: Int = 0) throws(TensorError) -> [NamedTensor] {
    var tensors: [NamedTensor] = []
    for index in 0..<self.summary.tensor_count {
      let raw = csj_tensor_at(self.raw, group, index)
      tensors.append(NamedTensor(Self.string(raw.name), try self.takeTensor(raw, group: group, index: index)))
    }
    return tensors
  }

  func takeTensor(_ raw: csj_tensor, group: Int, index: Int) throws(TensorError) -> Tensor {
    guard let dataType = DataType(rawValue: raw.data_type) else {
      throw TensorError(.internal, .wrongType, "the parser knows a type \(raw.data_type) that Swift does not")
    }
    let shape = UnsafeBufferPointer(start: raw.dims, count: raw.rank).map { Int($0) }
    guard let base = csj_take_bytes(self.raw, group, index) else {
      return Tensor(unchecked: dataType, shape: shape, buffer: TensorBuffer(TensorMemory(copying: EmptyCollection())))
    }
    let memory = TensorMemory(adopting: base, byteCount: raw.byte_count)
    return Tensor(unchecked: dataType, shape: shape, buffer: TensorBuffer(memory))
  }
}
