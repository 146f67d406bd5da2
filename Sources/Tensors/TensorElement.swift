/// A Swift type that is the element of one fixed-width tensor type.
public protocol TensorElement: BitwiseCopyable, Sendable {
  /// The tensor type it stands for.
  static var dataType: DataType { get }

  /// Reads little-endian elements, which need not be aligned.
  static func values(in bytes: UnsafeRawBufferPointer) -> [Self]
}

extension TensorElement {
  /// Reads elements whose bytes in a tensor are their bytes in memory.
  public static func values(in bytes: UnsafeRawBufferPointer) -> [Self] {
    let count = bytes.count / MemoryLayout<Self>.stride
    return [Self](unsafeUninitializedCapacity: count) { target, initialized in
      UnsafeMutableRawBufferPointer(target).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: bytes[..<(count * MemoryLayout<Self>.stride)]))
      initialized = count
    }
  }
}

extension Bool: TensorElement {
  /// `BOOL`.
  public static var dataType: DataType { .bool }

  /// Reads any byte but 0 as true: a `Bool` made of another bit pattern would be undefined.
  public static func values(in bytes: UnsafeRawBufferPointer) -> [Bool] { bytes.map { $0 != 0 } }
}

extension UInt8: TensorElement {
  /// `UINT8`.
  public static var dataType: DataType { .uint8 }
}

extension UInt16: TensorElement {
  /// `UINT16`.
  public static var dataType: DataType { .uint16 }
}

extension UInt32: TensorElement {
  /// `UINT32`.
  public static var dataType: DataType { .uint32 }
}

extension UInt64: TensorElement {
  /// `UINT64`.
  public static var dataType: DataType { .uint64 }
}

extension Int8: TensorElement {
  /// `INT8`.
  public static var dataType: DataType { .int8 }
}

extension Int16: TensorElement {
  /// `INT16`.
  public static var dataType: DataType { .int16 }
}

extension Int32: TensorElement {
  /// `INT32`.
  public static var dataType: DataType { .int32 }
}

extension Int64: TensorElement {
  /// `INT64`.
  public static var dataType: DataType { .int64 }
}

extension Float16: TensorElement {
  /// `FP16`.
  public static var dataType: DataType { .fp16 }
}

extension BFloat16: TensorElement {
  /// `BF16`.
  public static var dataType: DataType { .bf16 }
}

extension Float: TensorElement {
  /// `FP32`.
  public static var dataType: DataType { .fp32 }
}

extension Double: TensorElement {
  /// `FP64`.
  public static var dataType: DataType { .fp64 }
}
