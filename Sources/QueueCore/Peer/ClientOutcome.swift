/// How a client's request or call ended. Each one ends exactly once.
public enum ClientOutcome: Hashable, Sendable {
  /// The broker answered; the payload is the reply's parts, the caller's from now on.
  case replied(ReplyHeader, payload: PayloadRef)
  /// There is no answer of the broker's, for a reason on this side or on the way.
  case failed(ClientFailure)
}

/// Why a client gave a request up without an answer.
public enum ClientFailure: Hashable, Sendable {
  /// The caller gave it up.
  case cancelled
  /// The session was closed.
  case closed
  /// Neither an answer nor the broker's own refusal came by the deadline and the grace after it.
  case deadlineExceeded
  /// The session has as many requests outstanding as it may; nothing was sent.
  case tooManyOutstanding(limit: Int)
  /// The payload has more parts than a unit may; nothing was sent.
  case tooManyParts(count: Int, limit: Int)
  /// A text is longer than its header field holds; nothing was sent.
  case textTooLong(field: String, bytes: Int, limit: Int)
  /// Nothing was heard from the broker for so many pings, this many milliseconds apart.
  case brokerSilent(pings: Int, milliseconds: UInt64)
  /// Another instance of the broker answers than the one that was asked, or it has lost this client's connection.
  case brokerRestarted
  /// A reply to this request came but could not be read.
  case malformedReply(WireError)

  /// The gRPC code.
  public var status: StatusCode {
    switch self {
    case .cancelled, .closed: .cancelled
    case .deadlineExceeded: .deadlineExceeded
    case .tooManyOutstanding: .resourceExhausted
    case .tooManyParts, .textTooLong: .invalidArgument
    case .brokerSilent, .brokerRestarted: .unavailable
    case .malformedReply: .internal
    }
  }

  /// The machine-readable reason.
  public var reason: String {
    switch self {
    case .cancelled: "CANCELLED"
    case .closed: "CLIENT_CLOSED"
    case .deadlineExceeded: "NO_REPLY_IN_TIME"
    case .tooManyOutstanding: "TOO_MANY_OUTSTANDING"
    case .tooManyParts: "TOO_MANY_PARTS"
    case .textTooLong: "TEXT_TOO_LONG"
    case .brokerSilent: "BROKER_SILENT"
    case .brokerRestarted: "BROKER_RESTARTED"
    case .malformedReply: "MALFORMED_REPLY"
    }
  }
}
