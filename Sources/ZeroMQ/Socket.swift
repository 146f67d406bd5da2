// A socket and its life: made with its options, bound or connected, closed once.

import CZMQ

/// A libzmq socket.
///
/// A socket belongs to one thread at a time. It is not `Sendable`; the compiler lets it change threads only by being
/// given away whole (see `LoopThread`). It closes at its end of life, or earlier by `close()`.
public struct Socket: ~Copyable {
  let handle: SocketHandle

  /// The kind it was made as.
  public let kind: Kind

  /// Makes a socket and sets its options, before anything can connect.
  ///
  /// - Throws: `ZMQError`; `.terminated` if the context was shut down, `.tooManyOpen` if it is full, or the option that
  ///   was refused.
  public init(_ kind: Kind, in context: Context, options: SocketOptions = SocketOptions()) throws(ZMQError) {
    let handle = try SocketHandle(kind, in: context)
    try options.apply(to: handle, kind: kind)
    self.handle = handle
    self.kind = kind
  }

  deinit {
    self.handle.close()
  }

  /// Closes the socket; what was accepted for sending goes on for as long as `SocketOptions.linger` allows.
  public consuming func close() {}
}

// MARK: - Endpoints

extension Socket {
  /// Accepts peers at an endpoint such as `tcp://127.0.0.1:5555`, `tcp://127.0.0.1:*`, `ipc:///path` or
  /// `inproc://name`.
  ///
  /// - Throws: `ZMQError`: `.addressInUse`, `.addressNotAvailable`, `.invalidArgument` and the like, with the endpoint.
  public borrowing func bind(_ endpoint: String) throws(ZMQError) {
    try unsafe self.handle.call("zmq_bind", endpoint) { unsafe zmq_bind($0, $1) }
  }

  /// Connects to an endpoint, now or as soon as it appears.
  ///
  /// - Throws: `ZMQError` if the endpoint is malformed; that nobody listens there is not an error.
  public borrowing func connect(_ endpoint: String) throws(ZMQError) {
    try unsafe self.handle.call("zmq_connect", endpoint) { unsafe zmq_connect($0, $1) }
  }

  /// Stops accepting peers at an endpoint, written as `lastEndpoint` told it.
  ///
  /// - Throws: `ZMQError`, `.notFound` if the socket is not bound there.
  public borrowing func unbind(_ endpoint: String) throws(ZMQError) {
    try unsafe self.handle.call("zmq_unbind", endpoint) { unsafe zmq_unbind($0, $1) }
  }

  /// Disconnects from an endpoint, written as it was connected.
  ///
  /// - Throws: `ZMQError`, `.notFound` if the socket is not connected there.
  public borrowing func disconnect(_ endpoint: String) throws(ZMQError) {
    try unsafe self.handle.call("zmq_disconnect", endpoint) { unsafe zmq_disconnect($0, $1) }
  }

  /// The endpoint last bound or connected, with the real port where `*` had been asked for; empty before any.
  public borrowing func lastEndpoint() throws(ZMQError) -> String {
    try self.handle.lastEndpoint()
  }
}

// MARK: - Subscriptions and readiness

extension Socket {
  /// Lets a SUB socket receive the messages that start with these bytes; no bytes mean all messages.
  ///
  /// - Throws: `ZMQError`, `.invalidArgument` if this is not a SUB socket.
  public borrowing func subscribe(to prefix: [UInt8]) throws(ZMQError) {
    try self.handle.set(ZMQ_SUBSCRIBE, "subscribe", bytes: prefix)
  }

  /// Takes back one subscription of exactly these bytes.
  ///
  /// - Throws: `ZMQError`, `.invalidArgument` if this is not a SUB socket.
  public borrowing func unsubscribe(from prefix: [UInt8]) throws(ZMQError) {
    try self.handle.set(ZMQ_UNSUBSCRIBE, "unsubscribe", bytes: prefix)
  }

  /// What the socket could do at once: be read, be written, both or nothing.
  public borrowing func events() throws(ZMQError) -> PollEvents {
    PollEvents(rawValue: Int16(truncatingIfNeeded: try self.handle.get(ZMQ_EVENTS, "ZMQ_EVENTS")))
  }

  /// Whether a message waits to be received.
  public borrowing func hasInput() throws(ZMQError) -> Bool {
    try self.events().contains(.readable)
  }
}

// MARK: - Kinds

extension Socket {
  /// The messaging pattern a socket speaks.
  public enum Kind: Sendable, CaseIterable {
    /// One to one, within a process as a rule.
    case pair
    /// Sends each message to every subscriber.
    case pub
    /// Receives what it subscribed to.
    case sub
    /// Sends a request, then receives its reply.
    case req
    /// Receives a request, then sends its reply.
    case rep
    /// Deals messages out to its peers in turn and reads them fairly.
    case dealer
    /// Puts the sender's routing id before each message, and sends by it.
    case router
    /// Reads its peers fairly.
    case pull
    /// Deals messages out to its peers in turn.
    case push
    /// As `pub`, and receives the subscriptions.
    case xpub
    /// As `sub`, and sends subscriptions as messages.
    case xsub

    var number: Int32 {
      switch self {
      case .pair: ZMQ_PAIR
      case .pub: ZMQ_PUB
      case .sub: ZMQ_SUB
      case .req: ZMQ_REQ
      case .rep: ZMQ_REP
      case .dealer: ZMQ_DEALER
      case .router: ZMQ_ROUTER
      case .pull: ZMQ_PULL
      case .push: ZMQ_PUSH
      case .xpub: ZMQ_XPUB
      case .xsub: ZMQ_XSUB
      }
    }
  }
}
