extension Signature {
  /// Makes inputs that the model should accept: zeros and empty strings, free dimensions 1, but the batch axis `rows`.
  ///
  /// An input of unknown rank gets shape [1]. Throws `wrongShape` if a fixed shape is more than memory can hold.
  public func makeWarmUpInputs(rows: Int = 1) throws(TensorError) -> [Tensor] {
    var tensors: [Tensor] = []
    for input in self.inputs {
      var shape = (input.shape ?? [1]).map { $0 == -1 ? 1 : $0 }
      if self.isBatchable { shape[0] = rows }
      tensors.append(try Tensor(zeros: input.dataType, shape: shape))
    }
    return tensors
  }
}
