public import QueueCore

/// Whom requests go to, through which broker, and how.
public struct BrokerTarget: Hashable, Sendable {
  /// Connections that one generator can hold.
  public static let maximumClients = 4096

  /// The broker's endpoint for clients.
  public var endpoint: String
  /// The model's name.
  public var model: String
  /// A version or alias; empty lets the broker choose.
  public var selector: String
  /// How urgent the requests are.
  public var requestClass: RequestClass
  /// Microseconds until a request's deadline.
  public var timeoutMicroseconds: Int64
  /// Connections, 1...``maximumClients``, each a client of its own to the broker.
  public var clients: Int
  /// Milliseconds in which the broker must have answered on each of them, before there is load.
  public var connectMilliseconds: UInt64 = 5000

  /// Names a target.
  public init(
    endpoint: String, model: String, selector: String = "", requestClass: RequestClass = .online,
    timeoutMicroseconds: Int64 = 5_000_000, clients: Int = 1
  ) {
    precondition((1...Self.maximumClients).contains(clients), "no generator holds \(clients) connections")
    self.endpoint = endpoint
    self.model = model
    self.selector = selector
    self.requestClass = requestClass
    self.timeoutMicroseconds = timeoutMicroseconds
    self.clients = clients
  }
}
