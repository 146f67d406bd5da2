import AuguryClient
import LoadGenerator
import Tensors

/// The model at a broker that is to get load: what it takes, and whether it can be asked at all.
struct BenchSubject {
  var selector: ModelSelector
  var endpoint: String

  /// Makes payloads by the model's signature, if that is known, and sends one of them ahead.
  ///
  /// Throws ``PredictionError`` if no request can succeed, and what `make` throws.
  func prepare(
    _ make: (Signature?) throws(LoadError) -> [LoadPayload]
  ) async throws -> [LoadPayload] {
    var options = AuguryClient.Options()
    options.grace = .seconds(1)
    let client = try AuguryClient(broker: self.endpoint, options: options)
    do {
      let payloads = try make(try await self.signature(client))
      try await self.sendAhead(payloads[0], with: client)
      await client.close()
      return payloads
    } catch {
      await client.close()
      throw error
    }
  }

  /// The inputs and outputs of the version, or, if none is named, of the highest that workers serve.
  private func signature(_ client: AuguryClient) async throws(PredictionError) -> Signature? {
    let version: ModelVersion?
    if let name = self.selector.version {
      version = try await client.modelVersion(self.selector.model, name)
    } else {
      let versions = try await client.modelVersions(of: self.selector.model)
      guard !versions.isEmpty else {
        throw PredictionError(
          .notFound, reason: "UNKNOWN_MODEL",
          message: "no worker has served the model '\(self.selector.model)', and it is not registered")
      }
      version = versions.first { $0.workers > 0 && $0.signature != nil } ?? versions.first { $0.signature != nil }
    }
    return version?.signature.flatMap { Signature($0) }
  }

  /// One request; what it says about the cluster at this moment, such as that a queue is full, is no hindrance.
  private func sendAhead(_ payload: LoadPayload, with client: AuguryClient) async throws(PredictionError) {
    do throws(PredictionError) {
      _ = try await client.send(
        self.selector.model, version: self.selector.version, contentType: payload.contentType,
        content: payload.parts, timeout: .seconds(30))
    } catch {
      if Self.isHopeless(error) { throw error }
    }
  }

  /// Whether every other request would end like this too.
  private static func isHopeless(_ error: PredictionError) -> Bool {
    switch error.code {
    case .invalidArgument, .notFound, .permissionDenied, .unauthenticated, .unimplemented, .outOfRange: true
    default: error.reason == "BROKER_SILENT" || error.reason == "SOCKET_FAILED"
    }
  }
}

extension Signature {
  /// Reads what the registry says of a version; nil if it names a datatype that nobody knows.
  init?(_ model: ModelSignature) {
    func specs(_ tensors: [ModelSignature.Tensor]) -> [TensorSpec]? {
      let specs = tensors.compactMap { tensor in
        DataType(name: tensor.datatype).map { TensorSpec(name: tensor.name, dataType: $0, shape: tensor.shape) }
      }
      return specs.count == tensors.count ? specs : nil
    }
    guard let inputs = specs(model.inputs), let outputs = specs(model.outputs) else { return nil }
    self.init(inputs: inputs, outputs: outputs)
  }
}
