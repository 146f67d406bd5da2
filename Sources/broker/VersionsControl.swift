import AuguryClient
import QueueCore
import Versions

/// The control calls around model versions.
struct VersionsControl: Sendable {
  let registry: RegistryService

  /// Answers a call; nil if it is none of these. Throws ``PredictionError``.
  func answer(_ call: ControlCall) async throws(PredictionError) -> [UInt8]? {
    switch call.method {
    case ControlMethod.registerModel:
      return try await Self.perform(call, self.registry.register)
    case ControlMethod.updateModel:
      return try await Self.perform(call, self.registry.update)
    case ControlMethod.listModels:
      let filter = try ControlCoding.decode(ModelFilter.self, from: call.body)
      return try ControlCoding.encode(ModelVersionList(versions: try await self.registry.list(filter)))
    case ControlMethod.showModel:
      return try await Self.perform(call, self.registry.show)
    case ControlMethod.deleteModel:
      return try await Self.perform(call, self.registry.delete)
    case ControlMethod.setAlias:
      return try await Self.perform(call, self.registry.setAlias)
    case ControlMethod.removeAlias:
      return try await Self.perform(call, self.registry.removeAlias)
    default:
      return nil
    }
  }

  private static func perform<Body: Decodable & Sendable, Answer: Encodable & Sendable>(
    _ call: ControlCall, _ method: (Body) async throws(PredictionError) -> Answer
  ) async throws(PredictionError) -> [UInt8] {
    try ControlCoding.encode(try await method(try ControlCoding.decode(Body.self, from: call.body)))
  }
}

extension LoopHandle: VersionsCluster {
  func workers() async throws(PredictionError) -> [WorkerStatus] {
    try await self.snapshot().workerList.workers
  }
}
