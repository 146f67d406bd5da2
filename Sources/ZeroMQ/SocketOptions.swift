// Everything that can be said of a socket before it binds or connects.

import CZMQ

/// The options of a socket, set once, before it binds or connects.
///
/// `nil` leaves libzmq's own default, where the comment names no other meaning. A value out of range makes the socket's
/// initialiser throw `.invalidArgument` with the option's name.
public struct SocketOptions: Equatable, Sendable {
  /// How long what was accepted for sending may outlive `close()`; `nil` means until it is sent, for ever if need be.
  public var linger: Duration? = .zero

  /// How many messages may queue for each peer before sending would block; 0 means any number.
  public var sendHighWaterMark = 1000

  /// How many messages may queue from each peer before it is no longer read; 0 means any number.
  public var receiveHighWaterMark = 1000

  /// The largest part accepted, in bytes; a peer that sends more is disconnected. `nil` means any size.
  public var maxMessageSize: Int?

  /// Whether a ROUTER reports that a message cannot be delivered, instead of dropping it silently.
  public var routerMandatory = true

  /// Whether a ROUTER lets a new peer take over the routing id of an old one.
  public var routerHandover = false

  /// The name under which a ROUTER at the other end knows this socket: 1...255 bytes, the first one not zero.
  public var routingID: [UInt8]?

  /// How long a send that waits may wait; `nil` means for ever.
  public var sendTimeout: Duration?

  /// How long a receive that waits may wait; `nil` means for ever.
  public var receiveTimeout: Duration?

  /// How long a peer may take over its handshake before it is cut off.
  public var handshakeInterval: Duration?

  /// How long a connection may take to come about.
  public var connectTimeout: Duration?

  /// The pause before connecting again.
  public var reconnectInterval: Duration?

  /// The longest pause before connecting again, up to which it doubles.
  public var reconnectIntervalMax: Duration?

  /// Whether messages queue only for peers that are connected, instead of also for those yet to come.
  public var immediate = false

  /// How many peers may wait to be accepted.
  public var backlog: Int?

  /// Whether the socket speaks IPv6 besides IPv4; `nil` means as the context says.
  public var ipv6: Bool?

  /// The kernel's send buffer for each peer, in bytes.
  public var sendBufferSize: Int?

  /// The kernel's receive buffer for each peer, in bytes.
  public var receiveBufferSize: Int?

  /// TCP keep-alive probes; `nil` means as the system does.
  public var tcpKeepalive: TCPKeepalive?

  /// How often to send the transport's own heartbeats.
  public var heartbeatInterval: Duration?

  /// How long the answer to a heartbeat may take before the connection is given up.
  public var heartbeatTimeout: Duration?

  /// How long the peer is told to wait for a heartbeat before it gives the connection up; counted in tenths of a
  /// second.
  public var heartbeatTimeToLive: Duration?

  /// What a SUB socket receives: messages that start with any of these; an empty one means all messages.
  public var subscriptions: [[UInt8]] = []

  /// The defaults: linger zero, ROUTER mandatory, high-water marks of 1,000 messages, all else as libzmq has it.
  public init() {}

  /// The defaults, changed by a closure.
  public init(_ change: (inout SocketOptions) -> Void) {
    self.init()
    change(&self)
  }
}

extension SocketOptions {
  /// When and how often TCP asks whether a silent peer is still there.
  public struct TCPKeepalive: Equatable, Sendable {
    /// How long a connection must be silent before the first probe, in seconds.
    public var idleSeconds: Int
    /// The pause between probes, in seconds.
    public var intervalSeconds: Int
    /// How many unanswered probes end the connection.
    public var count: Int

    /// Probes of these times and this number.
    public init(idleSeconds: Int, intervalSeconds: Int, count: Int) {
      self.idleSeconds = idleSeconds
      self.intervalSeconds = intervalSeconds
      self.count = count
    }
  }
}

// MARK: - Setting them

extension SocketOptions {
  func apply(to socket: SocketHandle, kind: Socket.Kind) throws(ZMQError) {
    try self.applyLimits(to: socket)
    try self.applyRouting(to: socket, kind: kind)
    try self.applyTimes(to: socket)
    try self.applyTransport(to: socket)
  }

  private func applyLimits(to socket: SocketHandle) throws(ZMQError) {
    try socket.set(ZMQ_SNDHWM, "sendHighWaterMark", self.sendHighWaterMark)
    try socket.set(ZMQ_RCVHWM, "receiveHighWaterMark", self.receiveHighWaterMark)
    if let size = self.maxMessageSize {
      guard size >= 0 else {  // libzmq takes -1 for "any size", which is not what a negative size asks for.
        throw ZMQError(code: .invalidArgument, call: "zmq_setsockopt(maxMessageSize = \(size))")
      }
      try socket.set(ZMQ_MAXMSGSIZE, "maxMessageSize", wide: Int64(size))
    }
  }

  private func applyRouting(to socket: SocketHandle, kind: Socket.Kind) throws(ZMQError) {
    if kind == .router {
      try socket.set(ZMQ_ROUTER_MANDATORY, "routerMandatory", self.routerMandatory ? 1 : 0)
      try socket.set(ZMQ_ROUTER_HANDOVER, "routerHandover", self.routerHandover ? 1 : 0)
    }
    if let routingID = self.routingID {
      try socket.set(ZMQ_ROUTING_ID, "routingID", bytes: routingID)
    }
    for prefix in self.subscriptions {
      try socket.set(ZMQ_SUBSCRIBE, "subscriptions", bytes: prefix)
    }
  }

  private func applyTimes(to socket: SocketHandle) throws(ZMQError) {
    try socket.set(ZMQ_LINGER, "linger", self.linger, orForever: true)
    try socket.set(ZMQ_SNDTIMEO, "sendTimeout", self.sendTimeout, orForever: true)
    try socket.set(ZMQ_RCVTIMEO, "receiveTimeout", self.receiveTimeout, orForever: true)
    try socket.set(ZMQ_HANDSHAKE_IVL, "handshakeInterval", self.handshakeInterval)
    try socket.set(ZMQ_CONNECT_TIMEOUT, "connectTimeout", self.connectTimeout)
    try socket.set(ZMQ_RECONNECT_IVL, "reconnectInterval", self.reconnectInterval)
    try socket.set(ZMQ_RECONNECT_IVL_MAX, "reconnectIntervalMax", self.reconnectIntervalMax)
    try socket.set(ZMQ_HEARTBEAT_IVL, "heartbeatInterval", self.heartbeatInterval)
    try socket.set(ZMQ_HEARTBEAT_TIMEOUT, "heartbeatTimeout", self.heartbeatTimeout)
    try socket.set(ZMQ_HEARTBEAT_TTL, "heartbeatTimeToLive", self.heartbeatTimeToLive)
  }

  private func applyTransport(to socket: SocketHandle) throws(ZMQError) {
    try socket.set(ZMQ_IMMEDIATE, "immediate", self.immediate ? 1 : 0)
    if let ipv6 = self.ipv6 { try socket.set(ZMQ_IPV6, "ipv6", ipv6 ? 1 : 0) }
    if let backlog = self.backlog { try socket.set(ZMQ_BACKLOG, "backlog", backlog) }
    if let size = self.sendBufferSize { try socket.set(ZMQ_SNDBUF, "sendBufferSize", size) }
    if let size = self.receiveBufferSize { try socket.set(ZMQ_RCVBUF, "receiveBufferSize", size) }
    if let keepalive = self.tcpKeepalive {
      try socket.set(ZMQ_TCP_KEEPALIVE, "tcpKeepalive", 1)
      try socket.set(ZMQ_TCP_KEEPALIVE_IDLE, "tcpKeepalive.idleSeconds", keepalive.idleSeconds)
      try socket.set(ZMQ_TCP_KEEPALIVE_INTVL, "tcpKeepalive.intervalSeconds", keepalive.intervalSeconds)
      try socket.set(ZMQ_TCP_KEEPALIVE_CNT, "tcpKeepalive.count", keepalive.count)
    }
  }
}

extension SocketHandle {
  /// Sets an option that libzmq counts in milliseconds, rounded up so that a short time does not become none.
  fileprivate func set(
    _ option: Int32,
    _ name: String,
    _ duration: Duration?,
    orForever: Bool = false,
  ) throws(ZMQError) {
    guard let duration else {
      return orForever ? try self.set(option, name, -1) : ()
    }
    guard duration >= .zero, duration <= .milliseconds(Int64(Int32.max)) else {
      throw ZMQError(code: .invalidArgument, call: "zmq_setsockopt(\(name) = \(duration))")
    }
    let (seconds, attoseconds) = duration.components
    let perMillisecond: Int64 = 1_000_000_000_000_000
    try self.set(option, name, Int(seconds * 1000 + (attoseconds + perMillisecond - 1) / perMillisecond))
  }
}
