import COnnxRuntime
import Tensors

/// Reads inputs and outputs of a loaded model.
struct OnnxSignatureReader {
  let session: OnnxSession

  /// An input or output with the names of its free dimensions; empty for those without.
  private struct Described {
    var spec: TensorSpec
    var symbols: [String]
  }

  func read() throws(InferenceError) -> Signature {
    let api = self.session.library.api
    let inputs = try self.describeAll(
      "input", count: api.pointee.session_input_count, name: api.pointee.session_input_name,
      type: api.pointee.session_input_type)
    let outputs = try self.describeAll(
      "output", count: api.pointee.session_output_count, name: api.pointee.session_output_name,
      type: api.pointee.session_output_type)
    return Signature(
      inputs: inputs.map { $0.spec }, outputs: outputs.map { $0.spec },
      isBatchable: Self.isBatchable(inputs: inputs, outputs: outputs))
  }

  /// All first dimensions must be free; and where they are named, the names must not speak against one common batch
  /// axis: inputs of axes N and M are not rows of one batch, and neither is an output along an inner axis of an input.
  private static func isBatchable(inputs: [Described], outputs: [Described]) -> Bool {
    guard !inputs.isEmpty, Signature.hasFreeFirstDimensions((inputs + outputs).map { $0.spec }) else { return false }
    let batchNames = Set(inputs.map { $0.symbols[0] }).subtracting([""])
    guard batchNames.count <= 1 else { return false }
    let innerNames = Set(inputs.flatMap { $0.symbols.dropFirst() }).subtracting(batchNames).subtracting([""])
    return outputs.allSatisfy { !innerNames.contains($0.symbols[0]) }
  }

  private func describeAll(
    _ what: String,
    count: (OpaquePointer, UnsafeMutablePointer<Int>) -> OpaquePointer?,
    name: (OpaquePointer, Int, OpaquePointer, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> OpaquePointer?,
    type: (OpaquePointer, Int, UnsafeMutablePointer<OpaquePointer?>) -> OpaquePointer?
  ) throws(InferenceError) -> [Described] {
    let library = self.session.library
    var total = 0
    try library.check(count(self.session.raw, &total), "counting \(what)s")
    var described: [Described] = []
    for index in 0..<total {
      let text = try library.takeText("the name of \(what) \(index)") { out in
        name(self.session.raw, index, library.allocator, out)
      }
      let info = try library.require("the type of \(what) \(index)") { out in type(self.session.raw, index, out) }
      defer { library.api.pointee.release_type_info(info) }
      described.append(try self.describe(what, name: text ?? "", info: info))
    }
    return described
  }

  private func describe(_ what: String, name: String, info: OpaquePointer) throws(InferenceError) -> Described {
    let library = self.session.library
    let api = library.api
    let subject = "\(what) \"\(name)\""
    var kind: Int32 = 0
    try library.check(api.pointee.type_kind(info, &kind), "the kind of \(subject)")
    guard Int(kind) == ORT_KIND_TENSOR else {
      throw InferenceError(
        .unimplemented,
        "\(subject) is a \(Self.kindName(kind)), expected a tensor (scikit-learn classifiers: export without ZipMap)")
    }
    var lent: OpaquePointer?
    try library.check(api.pointee.tensor_info(info, &lent), "the type of \(subject)")
    guard let shapeInfo = lent else { throw InferenceError(.internal, "\(subject) is a tensor without a type") }
    var element: Int32 = 0
    try library.check(api.pointee.element_type(shapeInfo, &element), "the element type of \(subject)")
    guard let dataType = DataType(onnx: element) else {
      throw InferenceError(
        .unimplemented, "\(subject) has ONNX element type \(element), expected one of the Open Inference Protocol's")
    }
    let shape = try self.shape(shapeInfo, subject: subject)
    return Described(
      spec: TensorSpec(name: name, dataType: dataType, shape: shape.map { $0.map { $0.size } }),
      symbols: (shape ?? []).map { $0.symbol })
  }

  private func shape(
    _ info: OpaquePointer, subject: String
  ) throws(InferenceError) -> [(size: Int, symbol: String)]? {
    let library = self.session.library
    let api = library.api
    if library.knowsUnknownRank, !api.pointee.has_shape(info) { return nil }
    var rank = 0
    try library.check(api.pointee.rank(info, &rank), "the rank of \(subject)")
    guard rank > 0 else { return [] }
    var sizes = [Int64](repeating: 0, count: rank)
    var symbols = [UnsafePointer<CChar>?](repeating: nil, count: rank)
    try library.check(api.pointee.dimensions(info, &sizes, rank), "the shape of \(subject)")
    try library.check(api.pointee.symbolic_dimensions(info, &symbols, rank), "the shape of \(subject)")
    return zip(sizes, symbols).map { size, symbol in
      (size < 0 ? -1 : Int(size), symbol.map { String(cString: $0) } ?? "")
    }
  }

  private static func kindName(_ kind: Int32) -> String {
    switch kind {
    case 2: "sequence"
    case 3: "map"
    case 4: "opaque value"
    case 5: "sparse tensor"
    case 6: "optional value"
    default: "value of unknown kind \(kind)"
    }
  }
}
