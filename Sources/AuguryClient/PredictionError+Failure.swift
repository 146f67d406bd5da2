import QueueCore
import ZeroMQ

extension PredictionError {
  /// Why the session gave a call up, in words.
  init(_ failure: ClientFailure, endpoint: String) {
    let message =
      switch failure {
      case .cancelled: "the caller gave the request up"
      case .closed: "the client is closed"
      case .deadlineExceeded: "no reply from the broker at \(endpoint) by the deadline"
      case .tooManyOutstanding(let limit):
        "\(limit) requests are outstanding, as many as this client may have at once"
      case .tooManyParts(let count, let limit): "the payload has \(count) parts, expected at most \(limit)"
      case .textTooLong(let field, let bytes, let limit):
        "the \(field) has \(bytes) bytes, expected at most \(limit)"
      case .brokerSilent(let pings, let milliseconds):
        "no broker answers at \(endpoint): nothing heard for \(pings) pings, \(milliseconds) ms apart"
      case .brokerRestarted:
        "the broker at \(endpoint) was restarted, or lost this client's connection, while it had the request"
      case .malformedReply(let error): "the broker at \(endpoint) sent a reply that cannot be read: \(error)"
      }
    self.init(Code(failure.status), reason: failure.reason, message: message, cause: failure.cause)
  }

  /// What the broker, or the worker behind it, said instead of a prediction.
  init(_ reply: ReplyHeader, detail frames: ArraySlice<Frame>) {
    var detail: ErrorDetail?
    var cause: WireError?
    do throws(WireError) {
      if let frame = frames.first { detail = try ErrorDetail(decoding: frame.bytes) }
    } catch {
      cause = error
    }
    let hint = reply.retryAfterMilliseconds
    self.init(
      Code(reply.status), reason: detail?.reason ?? "NO_DETAIL",
      message: detail?.message ?? "the broker gave no reason\(cause.map { " that can be read: \($0)" } ?? "")",
      retryAfter: hint == 0 ? nil : .milliseconds(Int64(hint)), cause: cause)
  }

  /// The socket, or the thread it is used on, cannot be had or has failed.
  init(_ error: ZMQError, endpoint: String) {
    let isEndpoint = [.invalidArgument, .unknownTransport, .incompatibleTransport].contains(error.code)
    self.init(
      isEndpoint ? .invalidArgument : .unavailable, reason: isEndpoint ? "INVALID_ENDPOINT" : "SOCKET_FAILED",
      message: isEndpoint
        ? "'\(endpoint)' is no endpoint of a broker, expected for example tcp://127.0.0.1:5555"
        : "cannot talk to a broker at \(endpoint): \(error)",
      cause: error)
  }
}

extension ClientFailure {
  fileprivate var cause: (any Error)? {
    if case .malformedReply(let error) = self { error } else { nil }
  }
}
