public import QueueCore

/// A batch job's number: the order of submission, from 1.
public struct JobID: Hashable, Comparable, Sendable {
  /// The number.
  public var rawValue: Int64

  /// Makes the identifier with this number.
  public init(_ rawValue: Int64) {
    self.rawValue = rawValue
  }

  /// The identifier that people write, or nil if it is none: decimal digits.
  public init?(_ text: String) {
    guard let number = Int64(text), number > 0, String(number) == text else { return nil }
    self.rawValue = number
  }

  /// Whether `left` was submitted before `right`.
  public static func < (left: JobID, right: JobID) -> Bool {
    left.rawValue < right.rawValue
  }
}

extension JobID: CustomStringConvertible {
  /// The number in decimal digits.
  public var description: String { String(self.rawValue) }
}

/// What a file was when it was looked at, so that a change of it is noticed.
public struct FileFingerprint: Hashable, Sendable {
  /// Its length in bytes.
  public var size: UInt64
  /// When it was last written to, in nanoseconds since 1970.
  public var modifiedNanoseconds: Int64
  /// Its number on its file system.
  public var inode: UInt64

  /// Describes a file.
  public init(size: UInt64, modifiedNanoseconds: Int64, inode: UInt64) {
    self.size = size
    self.modifiedNanoseconds = modifiedNanoseconds
    self.inode = inode
  }
}

/// A job as it is submitted: everything that decides what its output will be, settled once.
public struct NewJob: Hashable, Sendable {
  /// The model that predicts.
  public var model: String
  /// The version that was asked for; nil leaves it to the broker when the job starts.
  public var requestedVersion: String?
  /// The input's absolute path.
  public var input: String
  /// The output's absolute path.
  public var output: String
  /// The absolute path of the errors file.
  public var errors: String
  /// Whether files that are there already may be replaced.
  public var overwrite: Bool
  /// Rows of a chunk.
  public var batchSize: Int
  /// Bytes of a chunk, at most.
  public var chunkBytes: Int
  /// The input as it was.
  public var inputFingerprint: FileFingerprint
  /// When it was submitted, in seconds since 1970.
  public var createdAt: Double
  /// What else was said of it.
  public var options: JobOptions

  /// Describes a job.
  public init(
    model: String, requestedVersion: String?, input: String, output: String, errors: String, overwrite: Bool,
    batchSize: Int, chunkBytes: Int, inputFingerprint: FileFingerprint, createdAt: Double,
    options: JobOptions = JobOptions()
  ) {
    self.model = model
    self.requestedVersion = requestedVersion
    self.input = input
    self.output = output
    self.errors = errors
    self.overwrite = overwrite
    self.batchSize = batchSize
    self.chunkBytes = chunkBytes
    self.inputFingerprint = inputFingerprint
    self.createdAt = createdAt
    self.options = options
  }
}

/// A job as the store remembers it.
public struct JobRecord: Hashable, Sendable {
  /// Where a job is in its life.
  public enum State: String, CaseIterable, Hashable, Sendable {
    /// Accepted, not begun. Can transition to running, cancelled or failed.
    case queued
    /// Begun. Can transition to finalizing, cancelled or failed.
    case running
    /// All rows are on disk, the files are getting their names. Can transition to succeeded or failed.
    case finalizing
    /// The output is complete and in its place.
    case succeeded
    /// Given up; the message says why.
    case failed
    /// Given up because somebody asked for it.
    case cancelled

    /// Whether the job has ended.
    public var isFinal: Bool {
      switch self {
      case .queued, .running, .finalizing: false
      case .succeeded, .failed, .cancelled: true
      }
    }

    /// The states of jobs that have not ended.
    public static let unfinished: Set<State> = [.queued, .running, .finalizing]
  }

  /// Its number.
  public var id: JobID
  /// What was submitted.
  public var job: NewJob
  /// Where it is in its life.
  public var state: State
  /// Why it ended, or what it waits for.
  public var message: String?
  /// Whether somebody asked for its end.
  public var cancelRequested: Bool
  /// How often it was claimed; only the last to claim it may write for it.
  public var fence: UInt64
  /// The version that predicts, settled at the start.
  public var version: String?
  /// SHA-256 of that version's artifact in hexadecimal digits; nil if it has none or is not known yet.
  public var digest: String?
  /// How far its files are complete.
  public var checkpoint: JobCheckpoint
  /// When it began, in seconds since 1970.
  public var startedAt: Double?
  /// When it ended, in seconds since 1970.
  public var finishedAt: Double?

  /// Makes a record.
  public init(
    id: JobID, job: NewJob, state: State, message: String?, cancelRequested: Bool, fence: UInt64, version: String?,
    digest: String?, checkpoint: JobCheckpoint, startedAt: Double?, finishedAt: Double?
  ) {
    self.id = id
    self.job = job
    self.state = state
    self.message = message
    self.cancelRequested = cancelRequested
    self.fence = fence
    self.version = version
    self.digest = digest
    self.checkpoint = checkpoint
    self.startedAt = startedAt
    self.finishedAt = finishedAt
  }
}

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
  /// The version that predicts.
  public var version: String?
  /// The digest of that version.
  public var digest: String?
  /// How far its files are complete.
  public var checkpoint: JobCheckpoint?
  /// When it began.
  public var startedAt: Double?
  /// When it ended.
  public var finishedAt: Double?

  /// Makes a change.
  public init(
    state: JobRecord.State? = nil, message: Message? = nil, cancelRequested: Bool? = nil, version: String? = nil,
    digest: String? = nil, checkpoint: JobCheckpoint? = nil, startedAt: Double? = nil, finishedAt: Double? = nil
  ) {
    self.state = state
    self.message = message
    self.cancelRequested = cancelRequested
    self.version = version
    self.digest = digest
    self.checkpoint = checkpoint
    self.startedAt = startedAt
    self.finishedAt = finishedAt
  }
}
