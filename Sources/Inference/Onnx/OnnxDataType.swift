import COnnxRuntime
import Tensors

extension DataType {
  /// The type for ONNX Runtime's number; nil for those that have no place in the protocol.
  init?(onnx number: Int32) {
    switch Int(number) {
    case ORT_TYPE_BOOL: self = .bool
    case ORT_TYPE_UINT8: self = .uint8
    case ORT_TYPE_UINT16: self = .uint16
    case ORT_TYPE_UINT32: self = .uint32
    case ORT_TYPE_UINT64: self = .uint64
    case ORT_TYPE_INT8: self = .int8
    case ORT_TYPE_INT16: self = .int16
    case ORT_TYPE_INT32: self = .int32
    case ORT_TYPE_INT64: self = .int64
    case ORT_TYPE_FLOAT16: self = .fp16
    case ORT_TYPE_BFLOAT16: self = .bf16
    case ORT_TYPE_FLOAT: self = .fp32
    case ORT_TYPE_DOUBLE: self = .fp64
    case ORT_TYPE_STRING: self = .bytes
    default: return nil
    }
  }

  /// ONNX Runtime's number for the type.
  var onnx: Int32 {
    let number =
      switch self {
      case .bool: ORT_TYPE_BOOL
      case .uint8: ORT_TYPE_UINT8
      case .uint16: ORT_TYPE_UINT16
      case .uint32: ORT_TYPE_UINT32
      case .uint64: ORT_TYPE_UINT64
      case .int8: ORT_TYPE_INT8
      case .int16: ORT_TYPE_INT16
      case .int32: ORT_TYPE_INT32
      case .int64: ORT_TYPE_INT64
      case .fp16: ORT_TYPE_FLOAT16
      case .bf16: ORT_TYPE_BFLOAT16
      case .fp32: ORT_TYPE_FLOAT
      case .fp64: ORT_TYPE_DOUBLE
      case .bytes: ORT_TYPE_STRING
      }
    return Int32(number)
  }
}
