import QueueCore
public import Tensors

/// Makes the content of requests, before any of them goes out.
public struct PayloadMaker {
  /// Requests that differ, at most, and the bytes they may have together if there is more than one.
  private static let maximumPayloads = 64
  private static let maximumBytes = 4 << 20

  private let model: String
  private let signature: Signature?
  private let form: PayloadForm

  /// Prepares payloads for a model; the signature may be nil where nothing need be known of it.
  public init(model: String, signature: Signature?, form: PayloadForm) {
    self.model = model
    self.signature = signature
    self.form = form
  }

  /// Payloads of `instances` instances each: as many as differ, but no more than a few megabytes; at least one.
  ///
  /// - Parameter instances: Instances a request, 1 or more; nil for 1, or those of the document.
  /// - Throws: ``LoadError``, `payload`.
  public func payloads(from source: PayloadSource, instances: Int? = nil) throws(LoadError) -> [LoadPayload] {
    precondition(instances ?? 1 > 0, "a request has an instance")
    switch source {
    case .zeros:
      return [try self.encode(try self.zeros(instances ?? 1), instances: instances ?? 1)]
    case .random(let seed):
      var random = SplitMix64(seed: seed)
      return try self.several { (_) throws(LoadError) in
        try self.encode(try self.random(instances ?? 1, using: &random), instances: instances ?? 1)
      }
    case .document(let document):
      guard instances == nil else {
        throw .payload("a document is sent as it is; a number of instances goes with rows and generated payloads")
      }
      return [try self.payload(of: document)]
    case .rows(let rows):
      guard !rows.isEmpty else { throw .payload("the payload has no rows") }
      let size = instances ?? 1
      // After so many requests the rows begin anew where the first one began.
      let distinct = rows.count / Self.greatestCommonDivisor(rows.count, size)
      return try self.several(atMost: distinct) { (number) throws(LoadError) in
        try self.payload(of: Self.document(of: (0..<size).map { rows[(number * size + $0) % rows.count] }))
      }
    }
  }

  private func several(
    atMost count: Int = Self.maximumPayloads, _ make: (Int) throws(LoadError) -> LoadPayload
  ) throws(LoadError) -> [LoadPayload] {
    var payloads = [try make(0)]
    var bytes = payloads[0].byteCount
    while payloads.count < min(count, Self.maximumPayloads), bytes < Self.maximumBytes {
      let payload = try make(payloads.count)
      bytes += payload.byteCount
      payloads.append(payload)
    }
    return payloads
  }

  private static func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int {
    right == 0 ? left : Self.greatestCommonDivisor(right, left % right)
  }

  private static func document(of rows: [[UInt8]]) -> [UInt8] {
    Array("{\"instances\":[".utf8) + Array(rows.joined(separator: [UInt8(ascii: ",")])) + Array("]}".utf8)
  }

  // MARK: - JSON

  private func payload(of document: [UInt8]) throws(LoadError) -> LoadPayload {
    let shape = try DocumentShape(document)
    if self.form == .json || (self.form == .openInference && !shape.isInstances) {
      return LoadPayload(contentType: .json, parts: [document], instances: shape.instances)
    }
    let signature = try self.knownSignature()
    do throws(TensorError) {
      let request = try JSONTensorParser(signature: signature).parseRequest(document.span.bytes)
      let named = zip(signature.inputs, request.inputs).map { NamedTensor($0.name, $1) }
      return try self.encode(tensors: named, instances: shape.instances)
    } catch {
      throw .payload("the payload is not what '\(self.model)' takes: \(error.message)")
    }
  }

  // MARK: - Tensors

  private func knownSignature() throws(LoadError) -> Signature {
    guard let signature = self.signature, !signature.inputs.isEmpty else {
      throw .payload(
        "'\(self.model)' does not say what inputs it takes, so no tensors can be made for it; give it a JSON payload "
          + "and have that sent as it is")
    }
    return signature
  }

  private func zeros(_ instances: Int) throws(LoadError) -> [NamedTensor] {
    let signature = try self.knownSignature()
    guard instances == 1 || signature.isBatchable else {
      throw .payload(
        "'\(self.model)' takes one instance a request, not \(instances): its inputs \(signature) have no free first "
          + "dimension")
    }
    do throws(TensorError) {
      return zip(signature.inputs, try signature.makeWarmUpInputs(rows: instances)).map { NamedTensor($0.name, $1) }
    } catch {
      throw .payload("no inputs can be made for '\(self.model)': \(error.message)")
    }
  }

  private func random(_ instances: Int, using random: inout SplitMix64) throws(LoadError) -> [NamedTensor] {
    var tensors = try self.zeros(instances)
    do throws(TensorError) {
      for index in tensors.indices { tensors[index].tensor = try tensors[index].tensor.randomized(using: &random) }
    } catch {
      throw .payload("no inputs can be made for '\(self.model)': \(error.message)")
    }
    return tensors
  }

  private func encode(_ tensors: [NamedTensor], instances: Int) throws(LoadError) -> LoadPayload {
    do throws(TensorError) {
      return try self.encode(tensors: tensors, instances: instances)
    } catch {
      throw .payload("the inputs of '\(self.model)' cannot be written: \(error.message)")
    }
  }

  private func encode(tensors: [NamedTensor], instances: Int) throws(TensorError) -> LoadPayload {
    let isBinary = self.form == .binary
    let head = ByteBuffer()
    try head.appendRequest(inputs: tensors, isBinary: isBinary)
    let text = head.bytes.withUnsafeBytes { Array($0) }
    let raw = isBinary ? tensors.map { $0.tensor.buffer.withUnsafeBytes { Array($0) } } : []
    return LoadPayload(contentType: isBinary ? .tensors : .json, parts: [text] + raw, instances: instances)
  }
}
