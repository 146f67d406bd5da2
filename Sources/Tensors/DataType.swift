/// The element type of a tensor, with the names of the Open Inference Protocol.
///
/// Raw values are the numbers that the JSON parser in C++ uses.
public enum DataType: UInt8, Sendable, Hashable, CaseIterable {
  /// One byte, 0 or 1.
  case bool = 1
  case uint8
  case uint16
  case uint32
  case uint64
  case int8
  case int16
  case int32
  case int64
  /// IEEE 754 half precision.
  case fp16
  /// The upper half of a single-precision float.
  case bf16
  case fp32
  case fp64
  /// Strings of any bytes, each with its own length.
  case bytes

  /// The bytes of one element, nil for `bytes`, whose elements differ in size.
  public var byteWidth: Int? {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16, .fp16, .bf16: 2
    case .uint32, .int32, .fp32: 4
    case .uint64, .int64, .fp64: 8
    case .bytes: nil
    }
  }

  /// The name in the Open Inference Protocol, such as `FP32`.
  public var name: String {
    switch self {
    case .bool: "BOOL"
    case .uint8: "UINT8"
    case .uint16: "UINT16"
    case .uint32: "UINT32"
    case .uint64: "UINT64"
    case .int8: "INT8"
    case .int16: "INT16"
    case .int32: "INT32"
    case .int64: "INT64"
    case .fp16: "FP16"
    case .bf16: "BF16"
    case .fp32: "FP32"
    case .fp64: "FP64"
    case .bytes: "BYTES"
    }
  }

  /// Finds the type of that protocol name; nil when there is none.
  public init?(name: some StringProtocol) {
    guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }
}

extension DataType: CustomStringConvertible {
  /// The protocol name.
  public var description: String { self.name }
}
