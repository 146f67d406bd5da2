import BasicContainers
import QueueCore
import ZeroMQ

/// What callers, on whatever thread, want of the loop.
enum ClientCommand: Sendable {
  case begin(PendingCall, OutgoingCall)
  case cancel(PendingCall)
}

/// A request or control call before it has an id.
struct OutgoingCall: Sendable {
  enum Subject: Sendable {
    case predict(
      model: String, selector: String, routingKey: String, requestClass: RequestClass, contentType: ContentType)
    case control(method: String)
  }

  var subject: Subject
  var timeoutMicroseconds: Int64
  var parts: [Frame]
}

/// The thread that owns a client's socket: it hands what comes to the session and does what the session says.
struct ClientLoop: ~Copyable {
  /// Messages received in one turn before callers are looked at again.
  private static let burst = 512
  /// Parts of a message that carries many replies; more than any broker sends.
  private static let maximumParts = 16_384

  let endpoint: String
  let socket: Socket
  var session: ClientSession
  var actions = ClientSession.Actions()
  var calls: [RequestID: PendingCall] = [:]
  var payloads = PayloadTable()
  var backlog = Backlog()
  var poller: Poller
  let socketEntry: Int
  private let mailbox: Mailbox<ClientCommand>
  private var commands: [ClientCommand] = []
  private var now = Instant(nanoseconds: MonotonicClock.nanoseconds)

  init(
    endpoint: String, socket: consuming Socket, options: ClientSession.Options, mailbox: Mailbox<ClientCommand>
  ) {
    self.poller = Poller(capacity: 2)
    self.socketEntry = self.poller.add(socket)
    _ = self.poller.add(fileDescriptor: mailbox.fileDescriptor)
    self.socket = socket
    self.endpoint = endpoint
    self.session = ClientSession(options: options)
    self.mailbox = mailbox
  }

  static func connect(to endpoint: String, in context: Context) throws(ZMQError) -> Socket {
    var options = SocketOptions()
    // Not `immediate`: with it libzmq aborts the process when a connection breaks while a message of many parts is
    // being read (an assertion in its `fq.cpp`).
    options.immediate = false
    options.linger = .milliseconds(100)
    options.reconnectInterval = .milliseconds(50)
    options.reconnectIntervalMax = .milliseconds(1000)
    options.receiveHighWaterMark = 0
    let socket = try Socket(.dealer, in: context, options: options)
    try socket.connect(endpoint)
    return socket
  }

  /// Runs until the mailbox is closed, or the socket fails; then every call has ended.
  consuming func run() {
    do throws(ZMQError) {
      while try self.turn() {}
    } catch {
      self.mailbox.close()
      self.fail(PredictionError(error, endpoint: self.endpoint))
    }
  }

  /// Waits, takes what has come, acts; false once it was the last turn.
  private mutating func turn() throws(ZMQError) -> Bool {
    let deadline = self.session.nextDeadline
    try self.poller.wait(
      untilNanoseconds: deadline == .distantFuture ? nil : deadline.nanoseconds, now: MonotonicClock.nanoseconds)
    self.now = Instant(nanoseconds: MonotonicClock.nanoseconds)
    try self.receive()
    // Asked first: what was posted before the closing is drained after it.
    let isLast = self.mailbox.isClosed
    self.mailbox.drain(into: &self.commands)
    for command in self.commands { self.obey(command) }
    self.session.tick(at: self.now, into: &self.actions)
    if isLast { self.session.close(into: &self.actions) }
    self.perform()
    try self.flush()
    return !isLast
  }

  // MARK: - From the broker

  private mutating func receive() throws(ZMQError) {
    for _ in 0..<Self.burst {
      guard let message = try self.socket.receiveFrames(maxParts: Self.maximumParts) else { return }
      self.received(message.frames)
    }
  }

  /// Cuts a message into its units. One that has fewer parts than it announces is the last.
  private mutating func received(_ frames: [Frame]) {
    var index = 0
    while index < frames.count {
      let header = frames[index]
      let left = frames.count - index - 1
      let announced = (try? Prefix(decoding: header.bytes)).map { Int($0.parts) } ?? left
      let parts = min(announced, left)
      let payload = self.payloads.store(Array(frames[(index + 1)..<(index + 1 + parts)]))
      self.session.received(header: header.bytes, parts: parts, payload: payload, into: &self.actions)
      index += 1 + parts
    }
  }

  // MARK: - From callers

  private mutating func obey(_ command: ClientCommand) {
    switch command {
    case .begin(let call, let outgoing):
      // Given up before it got here.
      guard !call.hasEnded else { return }
      let id = self.submit(outgoing)
      call.id = id
      self.calls[id] = call
    case .cancel(let call):
      guard let id = call.id else { return }
      self.session.cancel(id, into: &self.actions)
    }
  }

  private mutating func submit(_ call: OutgoingCall) -> RequestID {
    let payload = self.payloads.store(call.parts)
    switch call.subject {
    case .predict(let model, let selector, let routingKey, let requestClass, let contentType):
      let request = ClientSession.Request(
        model: model, selector: selector, routingKey: routingKey, requestClass: requestClass, contentType: contentType,
        timeoutMicroseconds: call.timeoutMicroseconds, parts: call.parts.count, payload: payload)
      return self.session.submit(request, at: self.now, into: &self.actions)
    case .control(let method):
      return self.session.call(
        method, parts: call.parts.count, payload: payload, timeoutMicroseconds: call.timeoutMicroseconds,
        at: self.now, into: &self.actions)
    }
  }

  /// The socket is of no use any more.
  private mutating func fail(_ error: PredictionError) {
    for call in self.calls.values { call.end(.failure(error)) }
    self.calls.removeAll()
    self.mailbox.drain(into: &self.commands)
    for case .begin(let call, _) in self.commands { call.end(.failure(error)) }
  }
}
