/// What `workers.drain_version` answers.
public struct DrainedWorkers: Codable, Hashable, Sendable {
  /// The names of the workers that were told to finish and leave.
  public var names: [String]

  /// Names them.
  public init(names: [String]) {
    self.names = names
  }
}

extension AuguryClient {
  /// Has a worker finish what it has and leave.
  ///
  /// Throws ``PredictionError``, `NOT_FOUND` if there is no worker of this name.
  public func drainWorker(_ name: String) async throws(PredictionError) {
    let _: WorkerReference = try await self.control(ControlMethod.drainWorker, WorkerReference(name: name))
  }

  /// Has all workers of a version finish what they have and leave, and returns their names.
  ///
  /// Throws ``PredictionError``, `NOT_FOUND` if the version has no worker.
  public func drainWorkers(of model: String, _ version: String) async throws(PredictionError) -> [String] {
    let drained: DrainedWorkers = try await self.control(
      ControlMethod.drainVersion, ModelVersionReference(model: model, version: version))
    return drained.names
  }
}
