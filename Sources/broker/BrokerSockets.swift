import ZeroMQ

/// The broker's three sockets, bound before the loop's thread starts so that an address in use is found out at once.
struct BrokerSockets: ~Copyable {
  /// Messages a peer may have waiting for it. A client's replies and a worker's work are bounded below this by the
  /// core's limits; beyond it a peer has stopped reading.
  private static let sendHighWaterMark = 16_384

  /// Where clients within this process connect, in the sockets' own context.
  static let innerFrontend = "inproc://frontend"

  private var frontend: Socket?
  private var backend: Socket?
  private var events: Socket?
  /// Where they are bound, with the real port where a `*` stood.
  let endpoints: BrokerEndpoints

  /// Throws ``BindError``.
  init(_ wanted: BrokerEndpoints, maxMessageSize: Int, in context: Context) throws {
    let frontend = try Self.bind(.router, wanted.frontend, "frontend", maxMessageSize, in: context)
    let backend = try Self.bind(.router, wanted.backend, "backend", nil, in: context)
    let events = try Self.bind(.pub, wanted.events, "events", nil, in: context)
    let endpoints = BrokerEndpoints(
      frontend: try frontend.lastEndpoint(), backend: try backend.lastEndpoint(), events: try events.lastEndpoint())
    // Only now: the frontend's last endpoint is the one it was bound to last.
    try Self.bind(frontend, Self.innerFrontend, "frontend")
    self.endpoints = endpoints
    self.frontend = consume frontend
    self.backend = consume backend
    self.events = consume events
  }

  /// Hands the sockets over, once.
  consuming func take() -> Taken {
    guard let frontend = self.frontend.take(), let backend = self.backend.take(), let events = self.events.take()
    else { preconditionFailure("Cannot take sockets when they have been taken") }
    return Taken(frontend: frontend, backend: backend, events: events)
  }

  /// The sockets themselves.
  struct Taken: ~Copyable {
    let frontend: Socket
    let backend: Socket
    let events: Socket
  }

  private static func bind(
    _ kind: Socket.Kind, _ endpoint: String, _ name: String, _ maxMessageSize: Int?, in context: Context
  ) throws -> Socket {
    let socket: Socket
    do throws(ZMQError) {
      socket = try Socket(
        kind, in: context,
        options: SocketOptions {
          $0.sendHighWaterMark = Self.sendHighWaterMark
          $0.receiveHighWaterMark = Self.sendHighWaterMark
          $0.maxMessageSize = maxMessageSize
          $0.linger = .milliseconds(500)
          $0.backlog = 4096
        })
    } catch {
      throw BindError(name: name, endpoint: endpoint, cause: error)
    }
    try Self.bind(socket, endpoint, name)
    return socket
  }

  private static func bind(_ socket: borrowing Socket, _ endpoint: String, _ name: String) throws(BindError) {
    do throws(ZMQError) {
      try socket.bind(endpoint)
    } catch {
      throw BindError(name: name, endpoint: endpoint, cause: error)
    }
  }
}

/// Where the broker listens.
struct BrokerEndpoints: Sendable, Equatable {
  /// For clients.
  var frontend: String
  /// For workers.
  var backend: String
  /// For subscribers to events.
  var events: String
}

/// A socket that could not be bound.
struct BindError: Error, CustomStringConvertible {
  var name: String
  var endpoint: String
  var cause: ZMQError

  var description: String { "cannot listen on \(self.name) \(self.endpoint): \(self.cause)" }
}
