public import ZeroMQ

/// Why there is no load, or no figures of it.
public enum LoadError: Error, Equatable, Sendable {
  /// A socket or thread could not be had or used.
  case system(ZMQError, target: String)
  /// No broker has answered at this endpoint in so many seconds.
  case silent(endpoint: String, seconds: Double)
  /// The payload cannot be made, or cannot be what the model takes; a line that says what is wrong.
  case payload(String)
  /// The server's address is none, in a line.
  case address(String)
  /// The server does not do what an endpoint of the Open Inference Protocol does, in a line.
  case protocolViolation(String)
  /// The server refused, with this HTTP status and a line.
  case refused(status: Int, String)
  /// The server cannot be reached, or does not answer, in a line.
  case unreachable(String)

  /// One line that says what is wrong and where.
  public var message: String {
    switch self {
    case .system(let error, let target): "\(target): \(error)"
    case .silent(let endpoint, let seconds): "no broker has answered at '\(endpoint)' for \(seconds) s; is it running?"
    case .payload(let text), .address(let text), .protocolViolation(let text), .refused(_, let text),
      .unreachable(let text):
      text
    }
  }
}
