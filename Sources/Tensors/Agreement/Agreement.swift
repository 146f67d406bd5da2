/// How far two numbers may be apart and still be called the same: |a − b| ≤ absolute + relative · |b|, where b is the
/// reference.
public struct Tolerance: Hashable, Sendable {
  /// The part of the reference's magnitude that does not count.
  public var relative: Double
  /// What does not count beside zero.
  public var absolute: Double

  /// A tolerance; by default 10⁻³ of the reference and 10⁻⁵.
  public init(relative: Double = 1e-3, absolute: Double = 1e-5) {
    self.relative = relative
    self.absolute = absolute
  }

  /// Whether a number is the reference, within the tolerance. NaN is NaN, and an infinity is only itself.
  public func allows(_ value: Double, for reference: Double) -> Bool {
    if value == reference || value.isNaN && reference.isNaN { return true }
    guard value.isFinite, reference.isFinite else { return false }
    return abs(value - reference) <= self.absolute + self.relative * abs(reference)
  }
}

/// Whether two models' answers to the same request are the same.
public enum Agreement: Hashable, Sendable {
  /// They are, within the tolerance.
  case agreed
  /// They are not: where they differ first, and how.
  case differed(String)

  /// Compares outputs by name, whatever their order: integers, booleans and strings exactly, floats within a tolerance.
  ///
  /// - Parameters:
  ///   - reference: what the version that answered said.
  public static func of(
    _ outputs: [NamedTensor], reference: [NamedTensor], within tolerance: Tolerance = Tolerance()
  ) -> Agreement {
    for expected in reference {
      guard let output = outputs.first(where: { $0.name == expected.name }) else {
        return .differed("output \"\(expected.name)\" is missing")
      }
      if let difference = Self.difference(output.tensor, expected.tensor, tolerance) {
        return .differed("output \"\(expected.name)\"\(difference)")
      }
    }
    if let extra = outputs.first(where: { output in !reference.contains { $0.name == output.name } }) {
      return .differed("output \"\(extra.name)\" is not expected")
    }
    return .agreed
  }

  private static func difference(_ tensor: Tensor, _ reference: Tensor, _ tolerance: Tolerance) -> String? {
    guard tensor.dataType == reference.dataType else {
      return " is \(tensor.dataType), expected \(reference.dataType)"
    }
    guard tensor.shape == reference.shape else {
      return " has shape \(Shape.text(tensor.shape)), expected \(Shape.text(reference.shape))"
    }
    // Equal bytes are equal values, and the usual case.
    if tensor.buffer == reference.buffer { return nil }
    let (values, expected) = (Self.elements(of: tensor), Self.elements(of: reference))
    for (index, pair) in zip(values, expected).enumerated() where !pair.0.agrees(with: pair.1, tolerance) {
      return ", element \(index), is \(pair.0), expected \(pair.1)"
    }
    return nil
  }

  /// An element as it is compared and shown.
  private enum Element: CustomStringConvertible {
    case float(Double)
    case exact(String)
    case string([UInt8])

    func agrees(with reference: Element, _ tolerance: Tolerance) -> Bool {
      switch (self, reference) {
      case (.float(let value), .float(let expected)): tolerance.allows(value, for: expected)
      case (.exact(let value), .exact(let expected)): value == expected
      case (.string(let value), .string(let expected)): value == expected
      default: false
      }
    }

    var description: String {
      switch self {
      case .float(let value): "\(value)"
      case .exact(let value): value
      case .string(let bytes): JSONTree.quoted(bytes)
      }
    }
  }

  private static func elements(of tensor: Tensor) -> [Element] {
    func exact<Value: TensorElement>(_ type: Value.Type) -> [Element] {
      tensor.buffer.withUnsafeBytes { Value.values(in: $0) }.map { .exact("\($0)") }
    }
    func floats<Value: TensorElement>(_ type: Value.Type, _ double: (Value) -> Double) -> [Element] {
      tensor.buffer.withUnsafeBytes { Value.values(in: $0) }.map { .float(double($0)) }
    }
    switch tensor.dataType {
    case .bool: return exact(Bool.self)
    case .uint8: return exact(UInt8.self)
    case .uint16: return exact(UInt16.self)
    case .uint32: return exact(UInt32.self)
    case .uint64: return exact(UInt64.self)
    case .int8: return exact(Int8.self)
    case .int16: return exact(Int16.self)
    case .int32: return exact(Int32.self)
    case .int64: return exact(Int64.self)
    case .fp16: return floats(Float16.self) { Double($0) }
    case .bf16: return floats(BFloat16.self) { Double($0.float) }
    case .fp32: return floats(Float.self) { Double($0) }
    case .fp64: return floats(Double.self) { $0 }
    case .bytes:
      // Only tensors of other types throw.
      return ((try? tensor.byteStrings()) ?? []).map { .string($0) }
    }
  }
}
