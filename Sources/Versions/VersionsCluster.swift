public import AuguryClient
public import QueueCore

/// What the services around versions need of the broker's loop.
public protocol VersionsCluster: Sendable {
  /// Every worker that has joined and not left. Throws `UNAVAILABLE` once the loop has ended.
  func workers() async throws(PredictionError) -> [WorkerStatus]

  /// From now on workers of a version must serve this artifact; nil lets them serve any again.
  func setArtifact(_ artifact: Artifact?, model: String, version: String)

  /// Puts a table of routes and aliases in force for all requests that come from now on. Throws what is wrong with it,
  /// and nothing has changed then.
  func setRoutes(_ table: RouteTable) async throws(PredictionError)

  /// How each version of a model has served so far. Throws `UNAVAILABLE` once the loop has ended.
  func observations(of model: String) async throws(PredictionError) -> [VersionObservation]

  /// From now on the predictions of these models, and of no others, are left in the inbox.
  func observe(_ models: Set<String>)

  /// Tells people and subscribers what has happened in a rollout.
  func rolloutMoved(model: String, rollout: Int, record: RolloutInfo.Record)

  /// Tells people that a rollout cannot be driven at the moment, and why.
  func rolloutFailed(model: String, message: String)

  /// Tells people and subscribers that a model's route is another one now.
  func routeChanged(_ change: RouteChange, description: String)
}
