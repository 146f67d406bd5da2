/// What no broker can be set up to take: libzmq closes the connection instead of taking memory for a larger part.
public enum OuterWall {
  /// Bytes of one request's payload, however the limits are set.
  public static let payloadBytes = 256 << 20
}

/// What the broker takes on before it refuses. Beyond a limit there is a typed refusal, never a drop.
public struct Limits: Hashable, Sendable {
  /// Bytes of one request's payload.
  public var payloadBytes = 8 << 20
  /// Requests waiting for one version.
  public var queuedPerVersion = 10_000
  /// Requests in the broker, waiting or with a worker.
  public var requests = 100_000
  /// Bytes of payload held for them.
  public var heldBytes = 1 << 30
  /// Requests one client may have outstanding.
  public var outstandingPerClient = 4096
  /// Workers that may be members at once.
  public var workers = 20_000
  /// Versions the catalog may know.
  public var versions = 10_000
  /// The credit of one worker in one lane; larger grants are cut to this.
  public var credit = 1024
  /// Times an interactive request is handed out before the deaths of its workers are held against it.
  public var maxAttempts = 3
  /// The same for bulk requests: each time costs a worker, and nobody waits for the answer.
  public var batchMaxAttempts = 2

  /// The defaults.
  public init() {}

  /// Times a request of this lane is handed out before the deaths of its workers are held against it.
  public func attempts(_ lane: Lane) -> Int {
    switch lane {
    case .interactive: self.maxAttempts
    case .bulk: self.batchMaxAttempts
    }
  }
}

/// The broker's own times, in milliseconds.
public struct Timing: Hashable, Sendable {
  /// The interval of the broker's heartbeats to workers.
  public var heartbeatMilliseconds: UInt32 = 1000
  /// Missed heartbeats after which the broker wants to be taken for dead.
  public var liveness: UInt8 = 3
  /// How long requests wait for a version whose last worker has gone before they are refused.
  public var orphanGraceMilliseconds: UInt64 = 5000
  /// How long a worker may have bulk requests without a result or an engine call that begins or ends; 0 for ever.
  public var batchLeaseMilliseconds: UInt64 = 300_000

  /// The defaults.
  public init() {}
}
