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
  /// Rows of a chunk, which are predicted together.
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

  /// Whether both say the same, whenever they were said and whatever the input was then.
  public func isSameSubmission(as other: NewJob) -> Bool {
    var other = other
    other.inputFingerprint = self.inputFingerprint
    other.createdAt = self.createdAt
    other.chunkBytes = self.chunkBytes
    other.options.rows.isCompressed = self.options.rows.isCompressed
    // Often said as a time from now.
    other.options.finishBy = self.options.finishBy
    other.options.expiresAt = self.options.expiresAt
    return self == other
  }
}
