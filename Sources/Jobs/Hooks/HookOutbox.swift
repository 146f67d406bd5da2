public import AuguryClient
public import Store

/// A job that has ended and whose end is still to be told.
public struct PendingHook: Sendable {
  /// The job's number.
  public var id: JobID
  /// The job as clients see it, at its end.
  public var job: Job
  /// Where its submitter wants its end told to; nil for nowhere.
  public var notifyURL: String?

  /// Describes one.
  public init(id: JobID, job: Job, notifyURL: String?) {
    self.id = id
    self.job = job
    self.notifyURL = notifyURL
  }
}

/// How telling of a job's end came out.
public enum HookOutcome: Hashable, Sendable {
  /// Everybody who was to be told took it.
  case delivered
  /// Somebody did not, and it is not tried any more.
  case failed(reason: String)
  /// There was nobody to tell.
  case nobodyToTell
}

/// Where it is remembered which ends of jobs are still to be told. A job is in it from the transaction that ends it on,
/// so that no death of a process makes one forgotten.
public protocol HookOutbox: Sendable {
  /// The ended jobs without an outcome that this process is to tell of, in the order of their submission.
  func pendingHooks() async throws(StoreError) -> [PendingHook]

  /// Remembers how it came out; the job is pending no more.
  func recordHook(_ job: JobID, _ outcome: HookOutcome) async throws(StoreError)
}
