public import QueueCore

/// A progressive rollout as the store remembers it.
public struct StoredRollout: Hashable, Sendable {
  /// Its number, from 1.
  public var id: Int64
  /// The model.
  public var model: String
  /// Its plan and state.
  public var snapshot: RolloutSnapshot
  /// Whether nothing more will happen.
  public var isOver: Bool
  /// When it was started, in seconds since 1970.
  public var startedAt: Double
  /// Who started it.
  public var startedBy: String

  /// Makes a record.
  public init(
    id: Int64, model: String, snapshot: RolloutSnapshot, isOver: Bool, startedAt: Double, startedBy: String
  ) {
    self.id = id
    self.model = model
    self.snapshot = snapshot
    self.isOver = isOver
    self.startedAt = startedAt
    self.startedBy = startedBy
  }
}

/// Where the cluster remembers progressive rollouts and all that happened in them.
///
/// Every call is one transaction, as with ``MetadataStore``.
public protocol RolloutStore: Sendable {
  /// Remembers a new rollout and gives it its number, which is returned.
  ///
  /// Throws `inUse` if the model has one that is not over.
  func insertRollout(_ rollout: StoredRollout) async throws(StoreError) -> Int64

  /// Remembers a rollout's state together with what has happened. Records that are there already stay as they are.
  func saveRollout(
    _ id: Int64, snapshot: RolloutSnapshot, isOver: Bool, records: [RolloutRecord]
  ) async throws(StoreError)

  /// The rollouts of a model, or of all models, in the order in which they were started.
  func rollouts(of model: String?) async throws(StoreError) -> [StoredRollout]

  /// What has happened in a rollout, in order.
  func rolloutRecords(_ id: Int64) async throws(StoreError) -> [RolloutRecord]
}
