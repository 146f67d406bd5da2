/// One model version as the broker sees it: the sums over its workers, and what only the broker knows.
public struct VersionStatus: Codable, Hashable, Sendable {
  /// What a version's workers amount to.
  public enum State: String, Codable, CaseIterable, Hashable, Sendable {
    /// At least one worker takes requests.
    case ready
    /// No worker takes requests yet, but one is loading or warming up.
    case warming
    /// No worker at all.
    case absent
    /// Its only workers are finishing.
    case draining
  }

  /// The model's name.
  public var model: String
  /// The version's name.
  public var version: String
  /// SHA-256 of the artifact as 64 hexadecimal digits; empty if the engine has none.
  public var digest: String
  /// What its workers amount to.
  public var state: State
  /// Its workers by state.
  public var workers: WorkerCounts
  /// Its waiting requests by class.
  public var queued: QueueDepths
  /// Requests that are with workers.
  public var inFlight: Int
  /// Requests ended since the broker started.
  public var requestsTotal: Int
  /// Rows predicted, as the workers count them.
  public var rowsTotal: Int
  /// Requests that ended in an error, by code, for example `INVALID_ARGUMENT`.
  public var errors: [String: Int]
  /// Time from arrival to the engine call.
  public var queueSeconds: Quantiles
  /// Time in the engine.
  public var computeSeconds: Quantiles
  /// Time from arrival at the broker to the reply's departure.
  public var latencySeconds: Quantiles
  /// Requests that somebody waited for.
  public var online: ClassStatus
  /// Copies for comparison.
  public var shadow: ClassStatus
  /// Copies that were not made or were given up, by reason, for example `queue_full`.
  public var shadowDrops: [String: Int]

  /// Makes a version's status.
  public init(
    model: String, version: String, digest: String, state: State, workers: WorkerCounts, queued: QueueDepths,
    inFlight: Int, requestsTotal: Int, rowsTotal: Int, errors: [String: Int], queueSeconds: Quantiles,
    computeSeconds: Quantiles, latencySeconds: Quantiles, online: ClassStatus = ClassStatus(),
    shadow: ClassStatus = ClassStatus(), shadowDrops: [String: Int] = [:]
  ) {
    self.model = model
    self.version = version
    self.digest = digest
    self.state = state
    self.workers = workers
    self.queued = queued
    self.inFlight = inFlight
    self.requestsTotal = requestsTotal
    self.rowsTotal = rowsTotal
    self.errors = errors
    self.queueSeconds = queueSeconds
    self.computeSeconds = computeSeconds
    self.latencySeconds = latencySeconds
    self.online = online
    self.shadow = shadow
    self.shadowDrops = shadowDrops
  }

  enum CodingKeys: String, CodingKey {
    case model
    case version
    case digest
    case state
    case workers
    case queued
    case inFlight = "in_flight"
    case requestsTotal = "requests_total"
    case rowsTotal = "rows_total"
    case errors
    case queueSeconds = "queue_seconds"
    case computeSeconds = "compute_seconds"
    case latencySeconds = "latency_seconds"
    case online
    case shadow
    case shadowDrops = "shadow_drops"
  }
}

/// How one class of a version's requests ended, as the broker counts them.
public struct ClassStatus: Codable, Hashable, Sendable {
  /// Requests that ended, by code, `OK` among them.
  public var requests: [String: Int]
  /// Time from arrival at the broker to a worker's answer.
  public var latencySeconds: Quantiles

  /// Makes the status of a class; without arguments, of one without requests.
  public init(requests: [String: Int] = [:], latencySeconds: Quantiles = Quantiles()) {
    self.requests = requests
    self.latencySeconds = latencySeconds
  }

  enum CodingKeys: String, CodingKey {
    case requests
    case latencySeconds = "latency_seconds"
  }
}

/// How many workers of a version are in each state. Each worker is counted once.
public struct WorkerCounts: Codable, Hashable, Sendable {
  /// Taking requests.
  public var ready: Int
  /// Loading or warming up.
  public var warming: Int
  /// Finishing, taking nothing new.
  public var draining: Int
  /// Not heard for longer than a heartbeat.
  public var suspect: Int

  /// Makes the counts.
  public init(ready: Int = 0, warming: Int = 0, draining: Int = 0, suspect: Int = 0) {
    self.ready = ready
    self.warming = warming
    self.draining = draining
    self.suspect = suspect
  }

  /// All of them.
  public var total: Int { self.ready + self.warming + self.draining + self.suspect }
}

/// How many requests of a version wait in the broker, by class.
public struct QueueDepths: Codable, Hashable, Sendable {
  /// Requests somebody waits for.
  public var online: Int
  /// Copies for comparison.
  public var shadow: Int
  /// Chunks of batch jobs.
  public var batch: Int
  /// Tuning trials.
  public var tuning: Int

  /// Makes the depths.
  public init(online: Int = 0, shadow: Int = 0, batch: Int = 0, tuning: Int = 0) {
    self.online = online
    self.shadow = shadow
    self.batch = batch
    self.tuning = tuning
  }

  /// All of them.
  public var total: Int { self.online + self.shadow + self.batch + self.tuning }
}
