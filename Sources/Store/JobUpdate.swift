public import QueueCore

/// A change of a job. What is nil stays as it is.
public struct JobUpdate: Hashable, Sendable {
  /// A message to show, or none any more.
  public enum Message: Hashable, Sendable {
    /// No message.
    case none
    /// This one.
    case some(String)
  }

  /// The new state.
  public var state: JobRecord.State?
  /// The new message.
  public var message: Message?
  /// Whether somebody asked for its end.
  public var cancelRequested: Bool?
  /// When its lease ends now, in seconds since 1970.
  public var leaseUntil: Double?
  /// Runs that were begun.
  public var attempt: Int?
  /// The version that predicts.
  public var version: String?
  /// The digest of that version.
  public var digest: String?
  /// How far its files are complete.
  public var checkpoint: JobCheckpoint?
  /// Who predicted the rows up to that checkpoint.
  public var contributions: JobContributions?
  /// How fast it goes.
  public var rate: JobRate?
  /// Whether it is expected to end later than it should. Once it is, it stays so.
  public var isLate: Bool?
  /// When it began.
  public var startedAt: Double?
  /// When it ended.
  public var finishedAt: Double?

  /// Makes a change.
  public init(
    state: JobRecord.State? = nil, message: Message? = nil, cancelRequested: Bool? = nil, leaseUntil: Double? = nil,
    attempt: Int? = nil, version: String? = nil, digest: String? = nil, checkpoint: JobCheckpoint? = nil,
    contributions: JobContributions? = nil, rate: JobRate? = nil, isLate: Bool? = nil, startedAt: Double? = nil,
    finishedAt: Double? = nil
  ) {
    self.state = state
    self.message = message
    self.cancelRequested = cancelRequested
    self.leaseUntil = leaseUntil
    self.attempt = attempt
    self.version = version
    self.digest = digest
    self.checkpoint = checkpoint
    self.contributions = contributions
    self.rate = rate
    self.isLate = isLate
    self.startedAt = startedAt
    self.finishedAt = finishedAt
  }
}

/// What anybody may ask of a job, whoever runs it.
public enum JobControl: Hashable, Sendable {
  /// That it ends.
  case cancel
  /// That it rests.
  case pause
  /// That it goes on, at once.
  case resume
}

/// How a runner gives a job back that has not ended.
public enum JobRelease: Hashable, Sendable {
  /// For the next runner that has room, with what it waits for.
  case toQueue(message: String?)
  /// To be tried again at that time, in seconds since 1970: there is no room on the disk, as the message says.
  case withoutRoom(message: String, retryAt: Double)
}

/// Which jobs are wanted; what is nil does not matter.
public struct JobQuery: Hashable, Sendable {
  /// Jobs in one of these states.
  public var states: Set<JobRecord.State>?
  /// Jobs of this model.
  public var model: String?
  /// Jobs with all of these labels.
  public var labels: [String: String] = [:]
  /// Jobs that changed after this revision.
  public var changedAfter: Int64?
  /// At most so many, the latest.
  public var limit: Int?

  /// Describes a choice; without arguments, of every job.
  public init(
    states: Set<JobRecord.State>? = nil, model: String? = nil, labels: [String: String] = [:],
    changedAfter: Int64? = nil, limit: Int? = nil
  ) {
    self.states = states
    self.model = model
    self.labels = labels
    self.changedAfter = changedAfter
    self.limit = limit
  }
}

/// Something that happened to a job, remembered in the transaction that made it happen.
public struct JobEventRecord: Hashable, Sendable {
  /// What happened beside a change of state, which goes by the new state's name.
  public static let late = "late"
  /// The job was forgotten.
  public static let deleted = "deleted"

  /// Its place in the order of all events.
  public var sequence: Int64
  /// The job.
  public var job: JobID
  /// The job's model.
  public var model: String
  /// The job's version, if that is settled.
  public var version: String?
  /// What happened: the name of the state that the job came to, ``late`` or ``deleted``.
  public var kind: String
  /// The job's state by then.
  public var state: JobRecord.State
  /// The job's message by then.
  public var message: String?
  /// Rows done by then.
  public var rows: UInt64
  /// Those of them that failed.
  public var failedRows: UInt64
  /// When it happened, in seconds since 1970.
  public var at: Double
}
