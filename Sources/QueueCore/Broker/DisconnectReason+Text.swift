extension DisconnectReason {
  /// The gRPC code: `ABORTED` where joining anew is right, any other where the worker is to exit.
  public var status: StatusCode {
    switch self {
    case .unknownSession, .lost, .brokerStopping: .aborted
    case .stuck: .deadlineExceeded
    case .secondReady, .digestMismatch: .failedPrecondition
    case .misbehaved: .invalidArgument
    case .tooManyWorkers: .resourceExhausted
    }
  }

  /// The machine-readable reason.
  public var reason: String {
    switch self {
    case .unknownSession: "UNKNOWN_SESSION"
    case .lost: "LOST"
    case .stuck: "STUCK"
    case .secondReady: "SECOND_READY"
    case .misbehaved: "MISBEHAVED"
    case .tooManyWorkers: "TOO_MANY_WORKERS"
    case .digestMismatch: "DIGEST_MISMATCH"
    case .brokerStopping: "BROKER_STOPPING"
    }
  }

  /// One line for people: what was wrong, and what was expected.
  public var message: String {
    switch self {
    case .unknownSession: "the broker does not know this session; join anew"
    case .lost: "the worker was silent for too long and its work was given to others; join anew"
    case .stuck:
      "the worker had batch work and for the length of a lease reported no result and began and ended no engine call; "
        + "its work was given to others, and it should be started anew"
    case .secondReady: "READY came a second time; expected it once a session"
    case .misbehaved: "the worker sent what no worker may send; expected well-formed commands of workers"
    case .tooManyWorkers: "there are as many workers as there may be; expected one to leave first"
    case .digestMismatch: "the worker serves another artifact than is registered for its version"
    case .brokerStopping: "the broker is stopping; join anew when it is back"
    }
  }
}
