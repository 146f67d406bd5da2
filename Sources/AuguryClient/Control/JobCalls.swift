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
  /// Rows that travel in one request; nil takes the runner's default.
  public var batchSize: Int?
  /// Whether an output that is there already may be replaced; nil means no.
  public var overwrite: Bool?

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
  }
}

/// What `jobs.show` and `jobs.cancel` take.
public struct JobReference: Codable, Hashable, Sendable {
  /// The job's name.
  public var id: String

  /// Names a job.
  public init(id: String) {
    self.id = id
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

/// What `status`, `workers` and `jobs.list` take: nothing.
public struct NoArguments: Codable, Hashable, Sendable {
  /// Makes the empty argument list.
  public init() {}
}
