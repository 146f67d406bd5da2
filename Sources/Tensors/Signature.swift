/// What a model expects of one input, or delivers as one output.
public struct TensorSpec: Sendable, Equatable {
  /// The name in the model.
  public var name: String
  /// The type of its elements.
  public var dataType: DataType
  /// The dimensions, -1 where any size will do; nil when the model leaves even their number open.
  public var shape: [Int]?

  /// Describes an input or output.
  public init(name: String, dataType: DataType, shape: [Int]?) {
    self.name = name
    self.dataType = dataType
    self.shape = shape
  }

  /// Whether a tensor of that shape fits.
  public func accepts(shape: [Int]) -> Bool {
    guard let expected = self.shape else { return true }
    return expected.count == shape.count && zip(expected, shape).allSatisfy { $0 == -1 || $0 == $1 }
  }

  /// The shape as text, such as `[-1,64]`, or `[...]` when not even the rank is known.
  public var shapeText: String { self.shape.map { Shape.text($0) } ?? "[...]" }
}

extension TensorSpec: CustomStringConvertible {
  /// Name, type and shape, such as `X FP32[-1,64]`.
  public var description: String { "\(self.name) \(self.dataType)\(self.shapeText)" }
}

/// The inputs and outputs of a model, in its order.
public struct Signature: Sendable, Equatable {
  /// The inputs that a run takes.
  public var inputs: [TensorSpec]
  /// The outputs that a run can give.
  public var outputs: [TensorSpec]
  /// Whether the first dimension of every input and output is a batch axis of any length, so that requests may share a
  /// run.
  public var isBatchable: Bool

  /// Describes a model; unless said otherwise it is batchable if all first dimensions are free.
  public init(inputs: [TensorSpec], outputs: [TensorSpec], isBatchable: Bool? = nil) {
    self.inputs = inputs
    self.outputs = outputs
    self.isBatchable = isBatchable ?? Self.hasFreeFirstDimensions(inputs + outputs)
  }

  /// Whether there are inputs and outputs and the first dimension of each is -1.
  public static func hasFreeFirstDimensions(_ specs: [TensorSpec]) -> Bool {
    !specs.isEmpty && specs.allSatisfy { $0.shape?.first == -1 }
  }

  /// The index of an output; throws `unknownOutput` naming those there are.
  public func outputIndex(named name: String) throws(TensorError) -> Int {
    if let index = self.outputs.firstIndex(where: { $0.name == name }) { return index }
    throw TensorError(.unknownOutput, "unknown output \"\(name)\", expected \(Self.list(self.outputs))")
  }

  static func list(_ specs: [TensorSpec]) -> String {
    specs.isEmpty ? "none" : specs.map { "\"\($0.name)\"" }.joined(separator: ", ")
  }
}

extension Signature: CustomStringConvertible {
  /// One line, such as `X FP32[-1,64] -> label INT64[-1]`.
  public var description: String {
    let inputs = self.inputs.map { $0.description }.joined(separator: ", ")
    let outputs = self.outputs.map { $0.description }.joined(separator: ", ")
    return "\(inputs) -> \(outputs)"
  }
}
