extension Signature {
  /// Puts named tensors into the model's order of inputs and validates them.
  ///
  /// Throws `unknownInput`, `duplicateInput` or `missingInput`, each naming what was expected, and what
  /// `validate(_:)` throws.
  public func match(_ named: [NamedTensor]) throws(TensorError) -> [Tensor] {
    var matched = [Tensor?](repeating: nil, count: self.inputs.count)
    for entry in named {
      guard let index = self.inputs.firstIndex(where: { $0.name == entry.name }) else {
        throw TensorError(.unknownInput, "unknown input \"\(entry.name)\", expected \(Self.list(self.inputs))")
      }
      guard matched[index] == nil else {
        throw TensorError(.duplicateInput, "input \"\(entry.name)\" is given twice")
      }
      matched[index] = entry.tensor
    }
    let missing = zip(self.inputs, matched).filter { $0.1 == nil }.map { $0.0 }
    guard missing.isEmpty else {
      let given = named.isEmpty ? "none" : named.map { "\"\($0.name)\"" }.joined(separator: ", ")
      throw TensorError(.missingInput, "missing input \(Self.list(missing)); the request has \(given)")
    }
    let inputs = matched.compactMap { $0 }
    try self.validate(inputs)
    return inputs
  }

  /// Checks tensors, in the model's order of inputs, against type and shape.
  ///
  /// Throws `missingInput` for another number of them, `wrongType`, `wrongShape`; for a batchable model also when
  /// the inputs have different numbers of rows, or none.
  public func validate(_ inputs: [Tensor]) throws(TensorError) {
    guard inputs.count == self.inputs.count else {
      throw TensorError(
        .missingInput, "\(inputs.count) inputs, expected \(self.inputs.count): \(Self.list(self.inputs))")
    }
    for (spec, tensor) in zip(self.inputs, inputs) {
      guard tensor.dataType == spec.dataType else {
        throw TensorError(
          .wrongType, "input \"\(spec.name)\": datatype \(tensor.dataType), expected \(spec.dataType)")
      }
      guard spec.accepts(shape: tensor.shape) else {
        throw TensorError(
          .wrongShape, "input \"\(spec.name)\": shape \(Shape.text(tensor.shape)), expected \(spec.shapeText)")
      }
    }
    if self.isBatchable { try self.validateRows(inputs) }
  }

  private func validateRows(_ inputs: [Tensor]) throws(TensorError) {
    guard let first = inputs.first, let rows = first.rowCount else { return }
    for (spec, tensor) in zip(self.inputs, inputs) where tensor.rowCount != rows {
      throw TensorError(
        .wrongShape,
        "input \"\(spec.name)\": shape \(Shape.text(tensor.shape)), expected \(rows) rows as in input "
          + "\"\(self.inputs[0].name)\"")
    }
    guard rows > 0 else {
      throw TensorError(
        .wrongShape, "input \"\(self.inputs[0].name)\": shape \(Shape.text(first.shape)), expected at least one row")
    }
  }
}
