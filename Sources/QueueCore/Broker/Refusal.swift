/// Why a request gets no prediction, when it is the broker that says so.
public enum Refusal: Hashable, Sendable, BitwiseCopyable {
  /// No model of this name is known.
  case unknownModel
  /// The model has no version or alias of this name.
  case unknownVersion(model: ModelID)
  /// The payload is larger than allowed.
  case payloadTooLarge(bytes: Int, limit: Int)
  /// The time-out had passed when the request came.
  case deadlinePassedOnArrival
  /// With what goes before it, it would need a time-out of this length at least, by the rate of the last results.
  case deadlineUnreachable(VersionID, estimatedMicroseconds: UInt64)
  /// The deadline passed while it waited.
  case expiredInQueue(VersionID)
  /// The deadline passed while a worker had it.
  case expiredAtWorker(VersionID, SessionID)
  /// The client gave it up.
  case cancelled
  /// No worker serves this version, for this many milliseconds.
  case noWorker(VersionID, absentMilliseconds: UInt64)
  /// No worker serves the version that the model's route of this epoch sends the request to, for this many
  /// milliseconds, and the route does not let others stand in.
  case noWorkerForRoute(VersionID, epoch: UInt32, absentMilliseconds: UInt64)
  /// The model is known, but none of its versions has a worker.
  case noWorkerForModel(ModelID)
  /// The queue of the version is full.
  case versionQueueFull(VersionID, limit: Int)
  /// The queue of the version is almost full, and so many of those that wait are this client's.
  case versionQueueShare(VersionID, waiting: Int, limit: Int)
  /// The broker holds as many requests as it may.
  case brokerFull(limit: Int)
  /// The broker holds as many bytes as it may.
  case memoryFull(limit: Int)
  /// The client has as many requests outstanding as it may.
  case clientFull(limit: Int)
  /// Every worker that had it died: the sessions, oldest first, 0 where there were fewer.
  case poisoned(SessionID, SessionID, SessionID)
  /// The broker is stopping.
  case shuttingDown
  /// A batch or tuning request for a version whose workers take none.
  case noBulkCredit(VersionID)

  /// The gRPC code.
  public var status: StatusCode {
    switch self {
    case .unknownModel, .unknownVersion: .notFound
    case .payloadTooLarge: .invalidArgument
    case .deadlinePassedOnArrival, .deadlineUnreachable, .expiredInQueue, .expiredAtWorker: .deadlineExceeded
    case .cancelled: .cancelled
    case .noWorker, .noWorkerForRoute, .noWorkerForModel, .poisoned, .shuttingDown, .noBulkCredit: .unavailable
    case .versionQueueFull, .versionQueueShare, .brokerFull, .memoryFull, .clientFull: .resourceExhausted
    }
  }

  /// The machine-readable reason.
  public var reason: String {
    switch self {
    case .unknownModel: "UNKNOWN_MODEL"
    case .unknownVersion: "UNKNOWN_VERSION"
    case .payloadTooLarge: "PAYLOAD_TOO_LARGE"
    case .deadlinePassedOnArrival: "DEADLINE_PASSED"
    case .deadlineUnreachable: "DEADLINE_UNREACHABLE"
    case .expiredInQueue: "EXPIRED_IN_QUEUE"
    case .expiredAtWorker: "EXPIRED_AT_WORKER"
    case .cancelled: "CANCELLED"
    case .noWorker, .noWorkerForRoute, .noWorkerForModel: "NO_WORKER"
    case .versionQueueFull: "VERSION_QUEUE_FULL"
    case .versionQueueShare: "VERSION_QUEUE_SHARE"
    case .brokerFull: "BROKER_FULL"
    case .memoryFull: "MEMORY_FULL"
    case .clientFull: "TOO_MANY_OUTSTANDING"
    case .poisoned: "POISON"
    case .shuttingDown: "SHUTTING_DOWN"
    case .noBulkCredit: "NO_BULK_CREDIT"
    }
  }

  /// Milliseconds after which trying again makes sense; 0 where it does not.
  public var retryAfterMilliseconds: UInt32 {
    switch self {
    case .versionQueueFull, .versionQueueShare, .brokerFull, .memoryFull, .clientFull: 100
    case .noWorker, .noWorkerForRoute, .noWorkerForModel, .shuttingDown, .noBulkCredit: 1000
    case .unknownModel, .unknownVersion, .payloadTooLarge, .deadlinePassedOnArrival, .deadlineUnreachable,
      .expiredInQueue, .expiredAtWorker, .cancelled, .poisoned:
      0
    }
  }
}
