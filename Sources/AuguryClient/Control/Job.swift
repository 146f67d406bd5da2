/// A batch job: what it reads and writes, and how far it is.
public struct Job: Codable, Hashable, Sendable {
  /// Where a job is in its life.
  public enum State: String, Codable, CaseIterable, Hashable, Sendable {
    /// Accepted, not begun.
    case queued
    /// Being looked over: input, version.
    case validating
    /// Rows are being predicted.
    case running
    /// Resting, because somebody asked for it or because the disk is full; ``Job/message`` says which.
    case paused
    /// All rows are written; the output is being put in its place.
    case finalizing
    /// The output is complete.
    case succeeded
    /// Given up; ``Job/message`` says why.
    case failed
    /// Given up because somebody asked for it.
    case cancelled
    /// Given up because it had not ended when it expired.
    case expired

    /// Whether nothing more will happen to the job.
    public var isFinal: Bool {
      switch self {
      case .queued, .validating, .running, .paused, .finalizing: false
      case .succeeded, .failed, .cancelled, .expired: true
      }
    }
  }

  /// The job's name.
  public var id: String
  /// The model that predicts.
  public var model: String
  /// The version, asked for or settled at the start; nil before that.
  public var version: String?
  /// SHA-256 of the version's artifact as 64 hexadecimal digits; nil before the first reply.
  public var digest: String?
  /// The input's absolute path on the runner's machine.
  public var input: String
  /// The output's absolute path there.
  public var output: String
  /// The path of the errors file there: one line for each row that could not be predicted.
  public var errors: String
  /// Where it is in its life.
  public var state: State
  /// Why it failed, or what it waits for; nil if there is nothing to say.
  public var message: String?
  /// Rows that travel in one request.
  public var batchSize: Int
  /// Rows that are predicted or failed, and written.
  public var rowsDone: Int
  /// Those of them that could not be predicted.
  public var rowsFailed: Int
  /// Bytes of the input that are done with.
  public var bytesDone: Int
  /// Bytes of the input.
  public var bytesTotal: Int
  /// Rows a second, of late.
  public var rowsPerSecond: Double
  /// Seconds until it will be done, if that can be said.
  public var etaSeconds: Double?
  /// When it was submitted, in seconds since 1970.
  public var createdAt: Double
  /// When it began, in seconds since 1970.
  public var startedAt: Double?
  /// When it ended, in seconds since 1970.
  public var finishedAt: Double?
  /// How the input is read: `jsonl`, `csv` or `npy`.
  public var inputFormat: String?
  /// How the output is written.
  public var outputFormat: String?
  /// Jobs of a higher priority go first.
  public var priority: Int?
  /// When it should have ended, in seconds since 1970.
  public var finishBy: Double?
  /// Whether the estimate is that it will end later than it should.
  public var isLate: Bool?
  /// When it is given up if it has not ended, in seconds since 1970.
  public var expiresAt: Double?
  /// What its submitter wants to find it by.
  public var labels: [String: String]?
  /// The process that runs it.
  public var runner: String?
  /// How often it was begun or gone on with.
  public var attempt: Int?
  /// Rows predicted by each worker.
  public var rowsByWorker: [String: Int]?
  /// Rows predicted by each version.
  public var rowsByVersion: [String: Int]?
  /// The job whose failed rows it predicts again.
  public var retryOf: String?

  /// Makes a job's description.
  public init(
    id: String, model: String, version: String? = nil, digest: String? = nil, input: String, output: String,
    errors: String, state: State, message: String? = nil, batchSize: Int, rowsDone: Int = 0, rowsFailed: Int = 0,
    bytesDone: Int = 0, bytesTotal: Int, rowsPerSecond: Double = 0, etaSeconds: Double? = nil, createdAt: Double,
    startedAt: Double? = nil, finishedAt: Double? = nil
  ) {
    self.id = id
    self.model = model
    self.version = version
    self.digest = digest
    self.input = input
    self.output = output
    self.errors = errors
    self.state = state
    self.message = message
    self.batchSize = batchSize
    self.rowsDone = rowsDone
    self.rowsFailed = rowsFailed
    self.bytesDone = bytesDone
    self.bytesTotal = bytesTotal
    self.rowsPerSecond = rowsPerSecond
    self.etaSeconds = etaSeconds
    self.createdAt = createdAt
    self.startedAt = startedAt
    self.finishedAt = finishedAt
  }

  enum CodingKeys: String, CodingKey {
    case id
    case model
    case version
    case digest
    case input
    case output
    case errors
    case state
    case message
    case batchSize = "batch_size"
    case rowsDone = "rows_done"
    case rowsFailed = "rows_failed"
    case bytesDone = "bytes_done"
    case bytesTotal = "bytes_total"
    case rowsPerSecond = "rows_per_second"
    case etaSeconds = "eta_seconds"
    case createdAt = "created_at"
    case startedAt = "started_at"
    case finishedAt = "finished_at"
    case inputFormat = "input_format"
    case outputFormat = "output_format"
    case priority
    case finishBy = "finish_by"
    case isLate = "late"
    case expiresAt = "expires_at"
    case labels
    case runner
    case attempt
    case rowsByWorker = "rows_by_worker"
    case rowsByVersion = "rows_by_version"
    case retryOf = "retry_of"
  }
}
