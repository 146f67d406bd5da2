import COnnxRuntime
import Tensors

/// Turns tensors into values of ONNX Runtime and back.
enum OnnxValue {
  /// A value over the tensor's own bytes; strings are copied. The caller keeps the tensor alive and releases the value.
  static func make(_ tensor: Tensor, library: OnnxLibrary, index: Int) throws(InferenceError) -> OpaquePointer {
    let shape = tensor.shape.map { Int64($0) }
    let type = tensor.dataType.onnx
    if tensor.dataType == .bytes { return try Self.makeStrings(tensor, shape: shape, library: library, index: index) }
    // The library believes the caller about these.
    guard Shape.byteCount(tensor.shape, of: tensor.dataType) == tensor.buffer.count else {
      throw InferenceError(
        .internal, "input \(index) has \(tensor.buffer.count) bytes for \(tensor.dataType)\(Shape.text(tensor.shape))")
    }
    let base = tensor.buffer.baseAddress ?? Self.nothing
    return try library.require("wrapping input \(index)") { out in
      library.api.pointee.create_tensor_over(
        library.memoryInfo, UnsafeMutableRawPointer(mutating: base), tensor.buffer.count, shape, shape.count, type, out)
    }
  }

  /// An address for tensors without bytes: null would be refused.
  private static var nothing: UnsafeRawPointer { UnsafeRawPointer(bitPattern: 64) ?? UnsafeRawPointer(#dsohandle) }

  private static func makeStrings(
    _ tensor: Tensor, shape: [Int64], library: OnnxLibrary, index: Int
  ) throws(InferenceError) -> OpaquePointer {
    let api = library.api
    let value = try library.require("making input \(index)") { out in
      api.pointee.create_tensor(library.allocator, shape, shape.count, Int32(ORT_TYPE_STRING), out)
    }
    do throws(InferenceError) {
      try Self.fill(value, with: tensor, library: library, index: index)
    } catch {
      api.pointee.release_value(value)
      throw error
    }
    return value
  }

  private static func fill(
    _ value: OpaquePointer, with tensor: Tensor, library: OnnxLibrary, index: Int
  ) throws(InferenceError) {
    var element = 0
    var failure: OpaquePointer?
    try InferenceError.translating { () throws(TensorError) in
      try tensor.forEachElement { bytes in
        guard failure == nil else { return }
        var target: UnsafeMutablePointer<CChar>?
        failure = library.api.pointee.resized_string_element(value, element, bytes.count, &target)
        if failure == nil, let target, let source = bytes.baseAddress {
          UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: bytes.count)
        }
        element += 1
      }
    }
    try library.check(failure, "copying the strings of input \(index)")
  }

  /// A tensor that owns the value and views its bytes; strings are copied and the value released.
  static func take(_ value: OpaquePointer, library: OnnxLibrary, spec: TensorSpec) throws(InferenceError) -> Tensor {
    let owner = OnnxValueBytes(value, library: library)
    let (dataType, shape) = try Self.describe(value, library: library, spec: spec)
    if dataType == .bytes { return try Self.strings(value, shape: shape, library: library, spec: spec) }
    guard let byteCount = Shape.byteCount(shape, of: dataType) else {
      throw InferenceError(.internal, "output \"\(spec.name)\" has shape \(Shape.text(shape))")
    }
    try owner.locate(byteCount: byteCount, name: spec.name)
    return try InferenceError.translating { () throws(TensorError) in
      try Tensor(dataType: dataType, shape: shape, buffer: TensorBuffer(owner), name: spec.name)
    }
  }

  private static func describe(
    _ value: OpaquePointer, library: OnnxLibrary, spec: TensorSpec
  ) throws(InferenceError) -> (DataType, [Int]) {
    let api = library.api
    // Only said if something is wrong.
    func what() -> String { "output \"\(spec.name)\"" }
    var kind: Int32 = 0
    try library.check(api.pointee.value_kind(value, &kind), what())
    guard Int(kind) == ORT_KIND_TENSOR else { throw InferenceError(.internal, "\(what()) is not a tensor") }
    let info = try library.require(what()) { out in api.pointee.value_shape(value, out) }
    defer { api.pointee.release_shape_info(info) }
    var element: Int32 = 0
    var rank = 0
    try library.check(api.pointee.element_type(info, &element), what())
    try library.check(api.pointee.rank(info, &rank), what())
    guard let dataType = DataType(onnx: element), rank <= Shape.maximumRank else {
      throw InferenceError(.unimplemented, "\(what()) has ONNX element type \(element) and rank \(rank)")
    }
    guard rank > 0 else { return (dataType, []) }
    var sizes = [Int64](repeating: 0, count: rank)
    try library.check(api.pointee.dimensions(info, &sizes, rank), what())
    return (dataType, sizes.map { Int($0) })
  }

  private static func strings(
    _ value: OpaquePointer, shape: [Int], library: OnnxLibrary, spec: TensorSpec
  ) throws(InferenceError) -> Tensor {
    let api = library.api
    let what = "output \"\(spec.name)\""
    var total = 0
    try library.check(api.pointee.string_byte_count(value, &total), what)
    var content = [UInt8](repeating: 0, count: max(total, 1))
    var offsets = [Int](repeating: 0, count: Shape.elementCount(shape) ?? 0)
    if !offsets.isEmpty {
      try library.check(api.pointee.string_content(value, &content, total, &offsets, offsets.count), what)
    }
    offsets.append(total)
    let (bytes, bounds) = (content, offsets)
    return try InferenceError.translating { () throws(TensorError) in
      try bytes.span.bytes.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(TensorError) in
        try Tensor(content: bytes, offsets: bounds, shape: shape)
      }
    }
  }
}

/// Keeps a value of ONNX Runtime alive while a tensor views its bytes.
final class OnnxValueBytes: TensorBytes, @unchecked Sendable {
  // Unchecked because of the pointers: nothing writes to a value once its run is over.
  private let value: OpaquePointer
  private let library: OnnxLibrary
  private(set) var stableBytes = UnsafeRawBufferPointer(start: nil, count: 0)

  init(_ value: OpaquePointer, library: OnnxLibrary) {
    self.value = value
    self.library = library
  }

  deinit { self.library.api.pointee.release_value(self.value) }

  /// Finds the bytes, before anyone views them.
  func locate(byteCount: Int, name: String) throws(InferenceError) {
    guard byteCount > 0 else { return }
    var data: UnsafeMutableRawPointer?
    try self.library.check(self.library.api.pointee.tensor_data(self.value, &data), "output \"\(name)\"")
    guard let data else { throw InferenceError(.internal, "output \"\(name)\" has no bytes") }
    self.stableBytes = UnsafeRawBufferPointer(start: data, count: byteCount)
  }
}
