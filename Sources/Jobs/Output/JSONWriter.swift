import Tensors

/// Writes JSON Lines with an id, something joined, or chosen outputs.
final class JSONWriter: PredictionWriter {
  private let selection: OutputSelection?
  private let hasLabels: Bool
  private let keys: [[UInt8]]
  private let members = JSONMembers()

  /// With no selection, predictions stay as the worker prints them.
  init(_ selection: OutputSelection?, hasLabels: Bool) {
    self.selection = selection
    self.hasLabels = hasLabels
    self.keys = (selection?.specs ?? []).map { JSONText.string($0.name) + [UInt8(ascii: ":")] }
  }

  func append(
    _ prediction: UnsafeRawBufferPointer, lead: ArraySlice<UInt8>, to output: inout [UInt8]
  ) throws(AnswerFault) {
    output += lead
    if let selection {
      let values = try selection.values(in: prediction, self.members)
      // As a model of that one output would print it.
      if values.count > 1 { output.append(UInt8(ascii: "{")) }
      for (index, value) in values.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        if values.count > 1 { output += self.keys[index] }
        output.append(contentsOf: prediction[value])
      }
      if values.count > 1 { output.append(UInt8(ascii: "}")) }
    } else {
      output.append(contentsOf: prediction)
    }
    if self.hasLabels { output.append(UInt8(ascii: "}")) }
    output.append(UInt8(ascii: "\n"))
  }
}
