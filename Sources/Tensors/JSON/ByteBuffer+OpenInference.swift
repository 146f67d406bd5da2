extension ByteBuffer {
  /// Appends a request of the Open Inference Protocol.
  ///
  /// With `isBinary` the tensors' bytes are left out: the caller sends each `tensor.buffer` as a message part of its
  /// own, in this order, and asks for the outputs in the same way. Otherwise the values are in the JSON, all in one.
  /// `outputs` names those wanted, none for all.
  public func appendRequest(
    inputs: [NamedTensor], outputs: [String] = [], id: String? = nil, isBinary: Bool = true
  ) throws(TensorError) {
    self.append(json: "{")
    if let id {
      self.append(json: "\"id\":")
      self.append(string: id)
      self.append(json: ",")
    }
    if isBinary { self.append(json: "\"parameters\":{\"binary_data_output\":true},") }
    try self.appendTensors(inputs, list: "\"inputs\":[") { _ in isBinary }
    if !outputs.isEmpty {
      self.append(json: ",\"outputs\":[")
      for (index, name) in outputs.enumerated() {
        self.append(json: index == 0 ? "{\"name\":" : ",{\"name\":")
        self.append(string: name)
        self.append(json: "}")
      }
      self.append(json: "]")
    }
    self.append(json: "}")
  }

  /// Appends a reply of the Open Inference Protocol.
  ///
  /// The bytes of outputs for which `isBinary` says yes, by their position, are left out: the caller sends each of
  /// their `tensor.buffer` as a message part of its own, in this order. The values of the others are in the JSON,
  /// flat; FP16 and BF16 as the float they equal; NaN and infinities as the strings "NaN", "Infinity", "-Infinity",
  /// since JSON has no such numbers; BYTES that are not UTF-8 as `{"b64": "..."}`.
  public func appendReply(
    modelName: String, modelVersion: String, id: String? = nil, outputs: [NamedTensor],
    isBinary: (Int) -> Bool = { _ in false }
  ) throws(TensorError) {
    self.append(json: "{\"model_name\":")
    self.append(string: modelName)
    self.append(json: ",\"model_version\":")
    self.append(string: modelVersion)
    if let id {
      self.append(json: ",\"id\":")
      self.append(string: id)
    }
    self.append(json: ",")
    try self.appendTensors(outputs, list: "\"outputs\":[", isBinary: isBinary)
    self.append(json: "}")
  }

  /// Appends a model's metadata as the Open Inference Protocol has it; a shape of unknown rank is `null`.
  public func appendMetadata(modelName: String, versions: [String], platform: String, signature: Signature) {
    self.append(json: "{\"name\":")
    self.append(string: modelName)
    self.append(json: ",\"versions\":[")
    for (index, version) in versions.enumerated() {
      if index > 0 { self.append(json: ",") }
      self.append(string: version)
    }
    self.append(json: "],\"platform\":")
    self.append(string: platform)
    self.append(json: ",\"inputs\":[")
    self.append(specs: signature.inputs)
    self.append(json: "],\"outputs\":[")
    self.append(specs: signature.outputs)
    self.append(json: "]}")
  }

  private func append(specs: [TensorSpec]) {
    for (index, spec) in specs.enumerated() {
      if index > 0 { self.append(json: ",") }
      self.appendHead(name: spec.name, dataType: spec.dataType)
      if let shape = spec.shape { self.append(integers: shape) } else { self.append(json: "null") }
      self.append(json: "}")
    }
  }

  /// Everything of a tensor's object up to where the shape's value goes.
  private func appendHead(name: String, dataType: DataType) {
    self.append(json: "{\"name\":")
    self.append(string: name)
    self.append(json: ",\"datatype\":")
    self.append(string: dataType.name)
    self.append(json: ",\"shape\":")
  }

  private func appendTensors(
    _ tensors: [NamedTensor], list: StaticString, isBinary: (Int) -> Bool
  ) throws(TensorError) {
    self.append(json: list)
    for (index, entry) in tensors.enumerated() {
      if index > 0 { self.append(json: ",") }
      self.appendHead(name: entry.name, dataType: entry.tensor.dataType)
      self.append(integers: entry.tensor.shape)
      if isBinary(index) {
        self.append(json: ",\"parameters\":{\"binary_data_size\":")
        self.append(integer: entry.tensor.buffer.count)
        self.append(json: "}}")
      } else {
        self.append(json: ",\"data\":")
        var cursor = ElementCursor(entry.tensor)
        try cursor.appendNext(shape: [Int64(entry.tensor.elementCount)], to: self, name: entry.name)
        self.append(json: "}")
      }
    }
    self.append(json: "]")
  }
}
