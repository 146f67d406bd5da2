public import Tensors

/// A loaded version of a model that turns input tensors into output tensors; safe to run from several threads at once.
public protocol Model: AnyObject, Sendable {
  /// Inputs and outputs, in the order that `run` takes and gives them, and whether requests may share a run.
  var signature: Signature { get }

  /// The name and version of what runs it, such as `onnxruntime 1.28.0`.
  var engine: String { get }

  /// Whether the model takes payloads as they come, so that nobody should parse them.
  var isOpaque: Bool { get }

  /// Runs the model once, blocking the thread; calls from Swift's cooperative threads would starve other tasks.
  ///
  /// `inputs` are in the signature's order. `outputs` are the indices of the outputs wanted, in the order wanted; all
  /// if empty. Throws `invalidArgument` for inputs that do not fit the signature or that the model refuses,
  /// `cancelled` after `control.cancel()`, else what the engine reports.
  func run(_ inputs: [Tensor], outputs: [Int], control: RunControl?) throws(InferenceError) -> [Tensor]
}

extension Model {
  /// False: most models take tensors.
  public var isOpaque: Bool { false }

  /// Runs the model once for all its outputs.
  public func run(_ inputs: [Tensor]) throws(InferenceError) -> [Tensor] {
    try self.run(inputs, outputs: [], control: nil)
  }

  /// Runs the model on zeros and empty strings, so that the first request finds everything allocated.
  ///
  /// Free dimensions are 1, the batch axis `rows`. Throws what the run throws: also when the model merely cannot take
  /// tensors that small.
  public func warmUp(rows: Int = 1) throws(InferenceError) {
    let inputs = try InferenceError.translating { () throws(TensorError) in
      try self.signature.makeWarmUpInputs(rows: rows)
    }
    _ = try self.run(inputs)
  }

  /// Throws `invalidArgument` unless the inputs fit the signature and every index is one of an output.
  func validate(_ inputs: [Tensor], outputs: [Int]) throws(InferenceError) {
    try InferenceError.translating { () throws(TensorError) in try self.signature.validate(inputs) }
    let count = self.signature.outputs.count
    for index in outputs where !(0..<count).contains(index) {
      throw InferenceError(.invalidArgument, "output \(index) is requested, expected 0 to \(count - 1)")
    }
  }
}
