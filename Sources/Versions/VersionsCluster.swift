public import AuguryClient
public import QueueCore

/// What the services around versions need of the broker's loop.
public protocol VersionsCluster: Sendable {
  /// Every worker that has joined and not left. Throws `UNAVAILABLE` once the loop has ended.
  func workers() async throws(PredictionError) -> [WorkerStatus]

  /// From now on workers of a version must serve this artifact; nil lets them serve any again.
  func setArtifact(_ artifact: Artifact?, model: String, version: String)
}
