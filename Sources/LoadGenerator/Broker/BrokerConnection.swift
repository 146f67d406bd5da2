import QueueCore
import ZeroMQ

/// A payload as it goes out: all requests that carry it share its bytes.
struct BrokerPayload {
  let contentType: ContentType
  let parts: [Frame]

  init(_ payload: LoadPayload) throws(ZMQError) {
    self.contentType = payload.contentType
    self.parts = try payload.parts.map { (part) throws(ZMQError) in try Frame(copying: part.span.bytes) }
  }
}

/// One client of the broker's: its socket, its session and what it waits for. For one thread.
final class BrokerConnection {
  let socket: Socket
  var session: ClientSession
  var due = DueTable()
  /// Since when the socket takes what is sent.
  private(set) var readySince = Instant.zero
  /// Units that the socket has not taken yet, in order.
  private var waiting: [Unit] = []

  private struct Unit {
    var header: [UInt8]
    var payload: [Frame]
  }

  init(to endpoint: String, in context: Context) throws(ZMQError) {
    var options = SocketOptions()
    options.linger = .zero
    options.sendHighWaterMark = 10_000
    options.receiveHighWaterMark = 0
    options.reconnectInterval = .milliseconds(50)
    options.reconnectIntervalMax = .milliseconds(1000)
    self.socket = try Socket(.dealer, in: context, options: options)
    try self.socket.connect(endpoint)
    var session = ClientSession.Options()
    // It is the broker's limits that are to be met, not this side's.
    session.maxOutstanding = 1 << 22
    self.session = ClientSession(options: session)
  }

  /// Whether the socket's queue is full.
  var isBlocked: Bool { !self.waiting.isEmpty }

  /// Sends a unit now, or as soon as the socket takes it; never waits.
  func send(header: [UInt8], payload: [Frame]) throws(ZMQError) {
    guard !self.isBlocked, try self.trySend(header, payload) else {
      self.waiting.append(Unit(header: header, payload: payload))
      return
    }
  }

  /// Sends what waits, as far as the socket takes it.
  func flush(at now: Instant) throws(ZMQError) {
    var sent = 0
    while sent < self.waiting.count, try self.trySend(self.waiting[sent].header, self.waiting[sent].payload) {
      sent += 1
    }
    self.waiting.removeFirst(sent)
    if !self.isBlocked { self.readySince = now }
  }

  /// False if the socket is full. A unit whose peer goes away in its middle is lost as if it had been under way, and
  /// ends like those: at its deadline, or when the broker is found to be gone.
  private func trySend(_ header: [UInt8], _ payload: [Frame]) throws(ZMQError) -> Bool {
    try self.socket.send(header: header.span.bytes, followedBy: payload) != .wouldBlock
  }
}
