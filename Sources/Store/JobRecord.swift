public import QueueCore

/// A job as the store remembers it.
public struct JobRecord: Hashable, Sendable {
  /// Where a job is in its life.
  ///
  /// | state | can transition to |
  /// |---|---|
  /// | queued | validating, paused, and the ends but succeeded |
  /// | validating | running, queued, paused, and the ends but succeeded |
  /// | running | queued, paused, finalizing, and the ends but succeeded |
  /// | paused | queued, validating, and the ends but succeeded |
  /// | finalizing | succeeded, failed |
  /// | succeeded, failed, cancelled, expired | nothing: the job has ended |
  public enum State: String, CaseIterable, Hashable, Sendable {
    /// Accepted, or set back: waits for a runner.
    case queued
    /// A runner looks it over: which version is to predict.
    case validating
    /// Rows are being predicted.
    case running
    /// Rests, by request or because there is no room on the disk.
    case paused
    /// All rows are on disk, the files are getting their names.
    case finalizing
    /// The output is complete and in its place.
    case succeeded
    /// Given up; the message says why.
    case failed
    /// Given up because somebody asked for it.
    case cancelled
    /// Given up because its time was over.
    case expired

    /// Whether the job has ended.
    public var isFinal: Bool {
      switch self {
      case .queued, .validating, .running, .paused, .finalizing: false
      case .succeeded, .failed, .cancelled, .expired: true
      }
    }

    /// The states of jobs that have not ended.
    public static let unfinished = Set(State.allCases.filter { !$0.isFinal })
  }

  /// Its number.
  public var id: JobID
  /// What was submitted.
  public var job: NewJob
  /// Where it is in its life.
  public var state: State
  /// Why it ended or rests, or what it waits for.
  public var message: String?
  /// Whether somebody asked for its end.
  public var cancelRequested = false
  /// Whether somebody asked for it to rest. A job that is paused without this rests for want of room on the disk.
  public var pauseRequested = false
  /// How often it was claimed; only the last to claim it may write for it.
  public var fence: UInt64 = 0
  /// Who may write for it now; nil if nobody.
  public var lease: JobLease?
  /// Whether a lease on it once ended without being given back: whoever had it may still have its files open.
  public var wasAbandoned = false
  /// Runs that were begun.
  public var attempt = 0
  /// When it is to be tried again, in seconds since 1970; nil for at once.
  public var retryAt: Double?
  /// The version that predicts, settled at the start.
  public var version: String?
  /// SHA-256 of that version's artifact in hexadecimal digits; nil if it has none or is not known yet.
  public var digest: String?
  /// How far its files are complete.
  public var checkpoint: JobCheckpoint
  /// Which claim, and which run, committed that checkpoint; nil before the first.
  public var checkpointOrigin: CheckpointOrigin?
  /// Who predicted the rows up to the checkpoint.
  public var contributions = JobContributions()
  /// How fast it went when the checkpoint was committed.
  public var rate = JobRate()
  /// Whether it was once expected to end later than it should.
  public var isLate = false
  /// When it began, in seconds since 1970.
  public var startedAt: Double?
  /// When it ended, in seconds since 1970.
  public var finishedAt: Double?
  /// What became of the word about its end.
  public var notification = Notification.none
  /// Grows with every change of any job.
  public var revision: Int64 = 0

  /// What became of the word about a job's end.
  public enum Notification: String, CaseIterable, Hashable, Sendable {
    /// The job has not ended, or nobody wants to hear of it.
    case none
    /// To be sent.
    case pending
    /// Sent and taken.
    case delivered
    /// Given up.
    case failed
  }

  /// Who committed a checkpoint.
  public struct CheckpointOrigin: Hashable, Sendable {
    /// The run of the job, from 1.
    public var attempt: Int
    /// The fence of its claim.
    public var fence: UInt64

    /// Names a run.
    public init(attempt: Int, fence: UInt64) {
      self.attempt = attempt
      self.fence = fence
    }
  }

  /// Makes the record of a job that has just been submitted, but for its state.
  public init(id: JobID, job: NewJob, state: State = .queued, checkpoint: JobCheckpoint = .start) {
    self.id = id
    self.job = job
    self.state = state
    self.checkpoint = checkpoint
  }

  /// Whether a runner other than this one may be at work on the job at that time, in seconds since 1970.
  public func isLeased(toOtherThan runner: String?, at time: Double) -> Bool {
    guard let lease = self.lease, lease.runner != runner else { return false }
    return time < lease.until
  }
}

/// The right to write for a job.
public struct JobLease: Hashable, Sendable {
  /// The process that has it.
  public var runner: String
  /// When it ends unless it is renewed, in seconds since 1970.
  public var until: Double

  /// Makes a lease.
  public init(runner: String, until: Double) {
    self.runner = runner
    self.until = until
  }
}

/// How fast a job goes.
public struct JobRate: Hashable, Sendable {
  /// Rows a second.
  public var rowsPerSecond = 0.0
  /// Bytes of the input a second.
  public var bytesPerSecond = 0.0

  /// Makes a rate; without arguments, that of a job that stands still.
  public init(rowsPerSecond: Double = 0, bytesPerSecond: Double = 0) {
    self.rowsPerSecond = rowsPerSecond
    self.bytesPerSecond = bytesPerSecond
  }
}

/// How many of a job's rows each worker and each version predicted.
public struct JobContributions: Codable, Hashable, Sendable {
  /// Names that are told apart, of workers and of versions; the rows of all further ones are counted together.
  public static let nameLimit = 256
  /// The name that those are counted under. No worker and no version can have it.
  public static let others = "(others)"

  /// Rows by the worker's name.
  public private(set) var workers: [String: UInt64] = [:]
  /// Rows by the version's name.
  public private(set) var versions: [String: UInt64] = [:]

  /// Nobody has predicted anything yet.
  public init() {}

  /// Counts rows that a worker of a version predicted.
  public mutating func add(_ rows: UInt64, worker: String, version: String) {
    guard rows > 0 else { return }
    Self.add(rows, worker, to: &self.workers)
    Self.add(rows, version, to: &self.versions)
  }

  private static func add(_ rows: UInt64, _ name: String, to counts: inout [String: UInt64]) {
    let isKnown = counts[name] != nil || counts.count < Self.nameLimit
    counts[isKnown ? name : Self.others, default: 0] += rows
  }
}
