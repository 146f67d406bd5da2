public import Store

/// The jobs of a store that have ended and whose end is still to be told.
public struct StoreOutbox: HookOutbox {
  /// Jobs that are looked at in one go. Those behind them come once these are told of.
  private static let limit = 1000

  private let store: any MetadataStore

  /// An outbox of this store. One process at a time may tell of its jobs.
  public init(store: any MetadataStore) {
    self.store = store
  }

  /// The first jobs without an outcome, in the order of their submission.
  public func pendingHooks() async throws(StoreError) -> [PendingHook] {
    try await self.store.jobsAwaitingNotification(limit: Self.limit).map { record in
      PendingHook(
        id: record.id, job: JobDescription(record: record, progress: nil, note: nil).job,
        notifyURL: record.job.options.notifyURL)
    }
  }

  /// Remembers the outcome. A job that has been forgotten meanwhile needs none.
  public func recordHook(_ job: JobID, _ outcome: HookOutcome) async throws(StoreError) {
    let notification: JobRecord.Notification =
      switch outcome {
      case .delivered: .delivered
      case .failed: .failed
      case .nobodyToTell: .none
      }
    do throws(StoreError) {
      try await self.store.recordNotification(job, notification)
    } catch {
      guard error.code == .notFound else { throw error }
    }
  }
}
