/// How a job's rows are read and how its output is written. Settled at submission, since it decides what the output is.
public struct RowOptions: Codable, Hashable, Sendable {
  /// How rows stand in a file.
  public enum Format: String, Codable, CaseIterable, Hashable, Sendable {
    /// One JSON value a line.
    case jsonLines = "jsonl"
    /// Comma-separated values with a header, as in RFC 4180.
    case csv
    /// One NumPy array, whose first axis is the rows.
    case npy
  }

  /// What of a row stands beside its prediction in the output.
  public enum Join: Codable, Hashable, Sendable {
    /// Nothing.
    case nothing
    /// All of it.
    case row
    /// These fields of it: members of a JSON object, columns of CSV.
    case fields([String])
  }

  /// How the input is read.
  public var inputFormat = Format.jsonLines
  /// Whether the input is compressed with gzip.
  public var isCompressed = false
  /// How the output is written.
  public var outputFormat = Format.jsonLines
  /// The field of a row that names it: it is not for the model, and is passed through to output and errors.
  public var idField: String?
  /// What of a row stands beside its prediction.
  public var join = Join.nothing
  /// The model's outputs that are written, in this order; nil for all.
  public var outputs: [String]?
  /// For CSV: the columns that make up each input of the model; nil if names tell.
  public var columns: [String: [String]]?

  /// JSON Lines to JSON Lines, all outputs, nothing beside them.
  public init() {}
}

/// Errors after which a job is not worth going on with.
public enum ErrorLimit: Codable, Hashable, Sendable {
  /// More failed rows than this.
  case rows(Int)
  /// More failed rows than this share of the rows done, in percent.
  case percent(Double)
}

/// What may be said of a job beyond its model and files.
public struct JobOptions: Codable, Hashable, Sendable {
  /// How rows are read and written.
  public var rows = RowOptions()
  /// Chunks on the way at once, at most; nil leaves it to the runner.
  public var concurrency: Int?
  /// Jobs of a higher priority go first.
  public var priority = 0
  /// When it should have ended, in seconds since 1970; among jobs of one priority the earliest goes first.
  public var finishBy: Double?
  /// When it is given up if it has not ended, in seconds since 1970.
  public var expiresAt: Double?
  /// Seconds for which it is remembered after its end; nil takes the runner's default.
  public var retentionSeconds: Double?
  /// What its submitter wants to find it by.
  public var labels: [String: String] = [:]
  /// Failed rows that end it early.
  public var errorLimit: ErrorLimit?
  /// Makes a second submission give the first one's job.
  public var idempotencyKey: String?
  /// Where its end is told to, by HTTP POST.
  public var notifyURL: String?
  /// Whether what it writes is forced to disk before a checkpoint counts it.
  public var isSynced = true
  /// The job whose failed rows it predicts again.
  public var retryOf: Int64?

  /// The defaults.
  public init() {}
}
