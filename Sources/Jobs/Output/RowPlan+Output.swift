import Store
import Tensors

/// How the output is written.
extension RowPlan {
  static func output(
    _ options: RowOptions, _ signature: Signature?, _ columns: CSVColumns?
  ) throws(RowPlanError) -> (writer: (any PredictionWriter)?, head: [UInt8]) {
    switch options.outputFormat {
    case .jsonLines:
      let hasLabels = options.idField != nil || options.join != .nothing
      guard hasLabels || options.outputs != nil else { return (nil, []) }
      var selection: OutputSelection?
      if options.outputs != nil {
        selection = try OutputSelection(
          options.outputs, of: try Self.expect(signature, for: "the choice of outputs"))
      }
      return (JSONWriter(selection, hasLabels: hasLabels), [])
    case .csv:
      let signature = try Self.expect(signature, for: "CSV output")
      let writer = try CSVWriter(
        try OutputSelection(options.outputs, of: signature), lead: Self.leadColumns(options, columns))
      return (writer, writer.head)
    case .npy:
      let signature = try Self.expect(signature, for: "NPY output")
      let writer = try NPYWriter(try OutputSelection(options.outputs, of: signature))
      return (writer, writer.head)
    }
  }

  /// The names of the columns before those of the outputs.
  private static func leadColumns(_ options: RowOptions, _ columns: CSVColumns?) -> [String] {
    var names: [String] = []
    if let id = options.idField { names.append(id) }
    switch options.join {
    case .nothing: break
    case .fields(let fields): names += fields
    case .row: names += columns.map { columns in columns.joined.map { columns.names[$0] } } ?? ["input"]
    }
    return names
  }
}

/// The outputs of a model that are written, in this order.
struct OutputSelection {
  let specs: [TensorSpec]
  /// Whether predictions are objects of output name to value.
  let areObjects: Bool
  private let keys: [[UInt8]]

  /// The outputs of these names; all of them for nil.
  ///
  /// Throws ``RowPlanError`` for a name that is none.
  init(_ names: [String]?, of signature: Signature) throws(RowPlanError) {
    guard !signature.outputs.isEmpty else {
      throw RowPlanError("OUTPUTS", "the model does not say what its outputs are")
    }
    var specs: [TensorSpec] = []
    for name in names ?? signature.outputs.map(\.name) {
      guard let spec = signature.outputs.first(where: { $0.name == name }) else {
        let known = signature.outputs.map { "\"\($0.name)\"" }.joined(separator: ", ")
        throw RowPlanError("OUTPUTS", "the model has no output \"\(name)\"; it has \(known.isEmpty ? "none" : known)")
      }
      specs.append(spec)
    }
    self.specs = specs
    self.areObjects = signature.outputs.count > 1
    self.keys = specs.map { Array($0.name.utf8) }
  }

  /// Where the outputs stand in a prediction, in the order asked for.
  ///
  /// Throws ``AnswerFault`` if one is not there.
  func values(in prediction: UnsafeRawBufferPointer, _ members: JSONMembers) throws(AnswerFault) -> [Range<Int>] {
    guard self.areObjects else { return [0..<prediction.count] }
    do throws(TensorError) {
      try members.list(prediction)
    } catch {
      throw AnswerFault(message: "the worker answered a prediction that cannot be read: \(error.message)")
    }
    var values: [Range<Int>] = []
    for (index, key) in self.keys.enumerated() {
      guard let member = (0..<members.count).first(where: { members.hasKey($0, key) }) else {
        throw AnswerFault(message: "the worker answered a prediction without output \"\(self.specs[index].name)\"")
      }
      values.append(members.value(member))
    }
    return values
  }
}
