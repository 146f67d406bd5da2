/// What a model said about one row, in a form that can be held against the truth.
public enum PredictedValue: Hashable, Sendable {
  /// One of several classes: a whole number, a text or a truth value, as text.
  case label(String)
  /// A quantity.
  case number(Double)
}

extension PredictedValue {
  /// The values that a reply in JSON has, one a row, in order.
  ///
  /// - Parameters:
  ///   - reply: `{"predictions": […]}`, or a response of the Open Inference Protocol.
  ///   - output: The output that counts; nil takes the only one that has one value a row.
  /// - Returns: nil if there is no such output, or it has not one value a row.
  public static func ofJSON(_ reply: [UInt8], output: String?) -> [PredictedValue]? {
    guard case .object(let members) = JSONTree(reply) else { return nil }
    if case .array(let rows) = members["predictions"] { return Self.ofRows(rows, output: output) }
    guard case .array(let outputs) = members["outputs"] else { return nil }
    let candidates = outputs.compactMap { Self.ofTensor($0, named: output) }
    return candidates.count == 1 ? candidates[0] : nil
  }

  /// The values that tensors have, one a row, in order; nil as for JSON.
  public static func ofTensors(_ outputs: [NamedTensor], output: String?) -> [PredictedValue]? {
    let candidates = outputs.filter { output == nil || $0.name == output }.compactMap { Self.values(of: $0.tensor) }
    return candidates.count == 1 ? candidates[0] : nil
  }

  private static func ofRows(_ rows: [JSONTree], output: String?) -> [PredictedValue]? {
    var values: [PredictedValue] = []
    for row in rows {
      guard let value = Self.ofRow(row, output: output) else { return nil }
      values.append(value)
    }
    return values
  }

  private static func ofRow(_ row: JSONTree, output: String?) -> PredictedValue? {
    guard case .object(let members) = row else { return output == nil ? Self.ofScalar(row) : nil }
    if let output { return members[output].flatMap(Self.ofScalar) }
    let candidates = members.values.compactMap(Self.ofScalar)
    return candidates.count == 1 ? candidates[0] : nil
  }

  /// Workers write quantities with a point or an exponent, and whole numbers without.
  private static func ofScalar(_ tree: JSONTree) -> PredictedValue? {
    switch tree {
    case .bool(let value): return .label("\(value)")
    case .string(let bytes): return .label(String(decoding: bytes, as: UTF8.self))
    case .number(let text):
      let isQuantity = text.utf8.contains { [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains($0) }
      return isQuantity ? Double(text).map { .number($0) } : .label(text)
    case .array(let elements): return elements.count == 1 ? Self.ofScalar(elements[0]) : nil
    case .null, .object: return nil
    }
  }

  private static func ofTensor(_ tree: JSONTree, named output: String?) -> [PredictedValue]? {
    guard case .object(let members) = tree, case .array(let shape) = members["shape"],
      case .number(let rows) = shape.first, case .array(let data) = members["data"], data.count == Int(rows),
      case .string(let name) = members["name"], output == nil || output == String(decoding: name, as: UTF8.self)
    else { return nil }
    return Self.ofRows(data, output: nil)
  }

  private static func values(of tensor: Tensor) -> [PredictedValue]? {
    guard let rows = tensor.rowCount, tensor.elementCount == rows else { return nil }
    do throws(TensorError) {
      switch tensor.dataType {
      case .fp32: return try tensor.values(as: Float.self).map { .number(Double($0)) }
      case .fp64: return try tensor.values(as: Double.self).map { .number($0) }
      case .fp16, .bf16: return try tensor.floats().map { .number(Double($0)) }
      case .bytes: return try tensor.strings().map { .label($0) }
      case .bool: return try tensor.values(as: Bool.self).map { .label("\($0)") }
      case .int8: return try tensor.values(as: Int8.self).map { .label("\($0)") }
      case .int16: return try tensor.values(as: Int16.self).map { .label("\($0)") }
      case .int32: return try tensor.values(as: Int32.self).map { .label("\($0)") }
      case .int64: return try tensor.values(as: Int64.self).map { .label("\($0)") }
      case .uint8: return try tensor.values(as: UInt8.self).map { .label("\($0)") }
      case .uint16: return try tensor.values(as: UInt16.self).map { .label("\($0)") }
      case .uint32: return try tensor.values(as: UInt32.self).map { .label("\($0)") }
      case .uint64: return try tensor.values(as: UInt64.self).map { .label("\($0)") }
      }
    } catch {
      return nil
    }
  }
}
