/// What `workers` answers.
public struct WorkerList: Codable, Hashable, Sendable {
  /// Every worker that has joined and not left.
  public var workers: [WorkerStatus]

  /// Makes a list.
  public init(workers: [WorkerStatus]) {
    self.workers = workers
  }
}

/// One worker as the broker knows it: its state, and the figures of its last heartbeat.
public struct WorkerStatus: Codable, Hashable, Sendable {
  /// Where a worker is in its life.
  public enum State: String, Codable, CaseIterable, Hashable, Sendable {
    /// Loading or warming up.
    case warming
    /// Taking requests, none in hand.
    case ready
    /// Taking requests, some in hand.
    case busy
    /// Finishing, taking nothing new.
    case draining
    /// Not heard for longer than a heartbeat.
    case suspect
    /// Heard, but its computation does not move.
    case stuck
  }

  /// The worker's name, unique in the cluster.
  public var name: String
  /// The model it serves.
  public var model: String
  /// The version it serves.
  public var version: String
  /// Where it is in its life.
  public var state: State
  /// The host it runs on.
  public var host: String
  /// Its process id there.
  public var pid: Int
  /// The engine, for example `onnxruntime 1.28.0`.
  public var engine: String
  /// SHA-256 of the artifact as 64 hexadecimal digits; empty if the engine has none or it is not loaded yet.
  public var digest: String
  /// Seconds since it was last heard.
  public var lastBeatSeconds: Double
  /// Seconds since it started, by its own account.
  public var uptimeSeconds: Double
  /// Seconds that loading and warming up took.
  public var loadSeconds: Double
  /// Interactive requests it holds at once.
  public var credit: Int
  /// Bulk requests it holds at once.
  public var bulkCredit: Int
  /// Requests it has in hand.
  public var inFlight: Int
  /// Requests in hand that wait for its engine.
  public var queued: Int
  /// Requests it has answered.
  public var requestsTotal: Int
  /// Rows it has predicted.
  public var rowsTotal: Int
  /// Engine calls it has made.
  public var batchesTotal: Int
  /// Requests it has answered with an error, by code.
  public var errors: [String: Int]
  /// Time requests waited in it.
  public var queueSeconds: Quantiles
  /// Time of its engine calls.
  public var computeSeconds: Quantiles
  /// Memory it holds, in bytes.
  public var rssBytes: Int
  /// Processor time it has used, in seconds.
  public var cpuSeconds: Double

  /// Makes a worker's status.
  public init(
    name: String, model: String, version: String, state: State, host: String, pid: Int, engine: String,
    digest: String, lastBeatSeconds: Double, uptimeSeconds: Double, loadSeconds: Double, credit: Int,
    bulkCredit: Int, inFlight: Int, queued: Int, requestsTotal: Int, rowsTotal: Int, batchesTotal: Int,
    errors: [String: Int], queueSeconds: Quantiles, computeSeconds: Quantiles, rssBytes: Int, cpuSeconds: Double
  ) {
    self.name = name
    self.model = model
    self.version = version
    self.state = state
    self.host = host
    self.pid = pid
    self.engine = engine
    self.digest = digest
    self.lastBeatSeconds = lastBeatSeconds
    self.uptimeSeconds = uptimeSeconds
    self.loadSeconds = loadSeconds
    self.credit = credit
    self.bulkCredit = bulkCredit
    self.inFlight = inFlight
    self.queued = queued
    self.requestsTotal = requestsTotal
    self.rowsTotal = rowsTotal
    self.batchesTotal = batchesTotal
    self.errors = errors
    self.queueSeconds = queueSeconds
    self.computeSeconds = computeSeconds
    self.rssBytes = rssBytes
    self.cpuSeconds = cpuSeconds
  }

  enum CodingKeys: String, CodingKey {
    case name
    case model
    case version
    case state
    case host
    case pid
    case engine
    case digest
    case lastBeatSeconds = "last_beat_seconds"
    case uptimeSeconds = "uptime_seconds"
    case loadSeconds = "load_seconds"
    case credit
    case bulkCredit = "bulk_credit"
    case inFlight = "in_flight"
    case queued
    case requestsTotal = "requests_total"
    case rowsTotal = "rows_total"
    case batchesTotal = "batches_total"
    case errors
    case queueSeconds = "queue_seconds"
    case computeSeconds = "compute_seconds"
    case rssBytes = "rss_bytes"
    case cpuSeconds = "cpu_seconds"
  }
}
