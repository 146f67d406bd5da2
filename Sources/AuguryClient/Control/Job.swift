/// A batch job: what it reads and writes, and how far it is.
public struct Job: Codable, Hashable, Sendable {
  /// Where a job is in its life.
  public enum State: String, Codable, CaseIterable, Hashable, Sendable {
    /// Accepted, not begun.
    case queued
    /// Rows are being predicted.
    case running
    /// All rows are written; the output is being put in its place.
    case finalizing
    /// The output is complete.
    case succeeded
    /// Given up; ``Job/message`` says why.
    case failed
    /// Given up because somebody asked for it.
    case cancelled

    /// Whether nothing more will happen to the job.
    public var isFinal: Bool {
      switch self {
      case .queued, .running, .finalizing: false
      case .succeeded, .failed, .cancelled: true
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
  }
}
