/// What `jobs.submit` takes.
public struct JobSubmission: Codable, Hashable, Sendable {
  /// The model that is to predict.
  public var model: String
  /// The version; nil takes the one the broker would choose, settled when the job starts.
  public var version: String?
  /// The input's absolute path on the runner's machine: JSON Lines, one instance a line.
  public var input: String
  /// The output's absolute path there.
  public var output: String
  /// Rows that are predicted together; nil takes the runner's default.
  public var batchSize: Int?
  /// Whether an output that is there already may be replaced; nil means no.
  public var overwrite: Bool?
  /// `jsonl`, `csv` or `npy`; nil tells by the input's name, which may end with `.gz`.
  public var inputFormat: String?
  /// `jsonl`, `csv` or `npy`; nil tells by the output's name.
  public var outputFormat: String?
  /// The field of a row that names it: not for the model, passed through to output and errors.
  public var idField: String?
  /// What of a row stands beside its prediction: names of fields, or `*` alone for all of it.
  public var join: [String]?
  /// The model's outputs that are written; nil for all.
  public var outputs: [String]?
  /// For CSV: the columns that make up each input of the model.
  public var columns: [String: [String]]?
  /// Chunks on the way at once, at most.
  public var concurrency: Int?
  /// Jobs of a higher priority go first; nil is 0.
  public var priority: Int?
  /// When it should have ended, in seconds since 1970.
  public var finishBy: Double?
  /// When it is given up if it has not ended, in seconds since 1970.
  public var expiresAt: Double?
  /// Seconds for which it is remembered after its end.
  public var retentionSeconds: Double?
  /// What to find it by.
  public var labels: [String: String]?
  /// Failed rows that are one too many for it to go on.
  public var maxErrors: Int?
  /// The same as a share of the rows done, in percent.
  public var maxErrorPercent: Double?
  /// Makes a second submission with the same key give the same job.
  public var idempotencyKey: String?
  /// Where its end is told to, by HTTP POST.
  public var notifyURL: String?
  /// False to do without forcing output to disk; nil means true.
  public var sync: Bool?

  /// Describes a job to be made.
  public init(
    model: String, version: String? = nil, input: String, output: String, batchSize: Int? = nil,
    overwrite: Bool? = nil
  ) {
    self.model = model
    self.version = version
    self.input = input
    self.output = output
    self.batchSize = batchSize
    self.overwrite = overwrite
  }

  enum CodingKeys: String, CodingKey {
    case model
    case version
    case input
    case output
    case batchSize = "batch_size"
    case overwrite
    case inputFormat = "input_format"
    case outputFormat = "output_format"
    case idField = "id_field"
    case join
    case outputs
    case columns
    case concurrency
    case priority
    case finishBy = "finish_by"
    case expiresAt = "expires_at"
    case retentionSeconds = "retention_seconds"
    case labels
    case maxErrors = "max_errors"
    case maxErrorPercent = "max_error_percent"
    case idempotencyKey = "idempotency_key"
    case notifyURL = "notify_url"
    case sync
  }
}

/// What the calls about one job take: `jobs.show`, `jobs.pause` and so on.
public struct JobReference: Codable, Hashable, Sendable {
  /// The job's name.
  public var id: String

  /// Names a job.
  public init(id: String) {
    self.id = id
  }
}

/// Which jobs `jobs.list` is to answer; what is nil does not matter.
public struct JobFilter: Codable, Hashable, Sendable {
  /// Jobs in one of these states.
  public var states: [Job.State]?
  /// Jobs of this model.
  public var model: String?
  /// Jobs with all of these labels.
  public var labels: [String: String]?
  /// At most so many, the latest.
  public var limit: Int?

  /// Describes a choice; without arguments, of every job.
  public init(
    states: [Job.State]? = nil, model: String? = nil, labels: [String: String]? = nil, limit: Int? = nil
  ) {
    self.states = states
    self.model = model
    self.labels = labels
    self.limit = limit
  }
}

/// What `jobs.list` answers.
public struct JobList: Codable, Hashable, Sendable {
  /// Every job the runner remembers, the latest last.
  public var jobs: [Job]

  /// Makes a list.
  public init(jobs: [Job]) {
    self.jobs = jobs
  }
}

/// What `status` and `workers` take: nothing.
public struct NoArguments: Codable, Hashable, Sendable {
  /// Makes the empty argument list.
  public init() {}
}
