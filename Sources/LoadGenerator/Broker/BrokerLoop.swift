import BasicContainers
import QueueCore
import ZeroMQ

/// What a thread does that makes load for a broker: sends what is due, takes in what comes, and waits in between.
struct BrokerLoop: ~Copyable {
  /// Messages taken from a connection before it is the next one's turn.
  private static let burst = 256
  /// Parts of a message that carries many replies; more than any broker sends.
  private static let maximumParts = 16_384
  /// Nanoseconds between two looks at deadlines.
  private static let tick: UInt64 = 10_000_000
  /// Nanoseconds between two wake-ups for what is due: more would cost what is measured more than they would tell.
  private static let pause: UInt64 = 100_000

  private let target: BrokerTarget
  private let payloads: [BrokerPayload]
  private let connections: [BrokerConnection]
  private var wakes: WakeSet
  /// Connections that may have something to be received, each once.
  private var active: [Int] = []
  private var isActive: [Bool]
  private var ready: [Int] = []
  private var arena = MessageArena(limit: 1 << 16)
  private var actions = ClientSession.Actions()

  private var pacer: LoadPacer
  private var recorder: LoadRecorder
  private var now: Instant
  private var nextTick = Instant.zero
  /// When the last request went out.
  private var sentAt = Instant.zero
  /// Requests that have not ended.
  private var outstanding = 0
  /// Requests begun.
  private var begun = 0
  /// In a closed loop the connections that have a request of their share free; one stands here for each of those.
  private var turns: [Int] = []
  private let isClosed: Bool

  /// Begins a plan on connections that are open; requests take the payloads in turn.
  init(
    _ target: BrokerTarget, connections: [BrokerConnection], payloads: [BrokerPayload], wakes: consuming WakeSet,
    plan: LoadPlan
  ) {
    precondition(!payloads.isEmpty && !connections.isEmpty, "a request needs a payload and a connection")
    self.target = target
    self.connections = connections
    self.payloads = payloads
    self.wakes = wakes
    self.isActive = Array(repeating: false, count: connections.count)
    self.now = Instant(nanoseconds: MonotonicClock.nanoseconds)
    self.pacer = LoadPacer(plan, from: self.now)
    self.recorder = LoadRecorder(window: self.pacer.window)
    if case .closed(let outstanding) = plan.pacing {
      self.isClosed = true
      self.turns = (0..<outstanding).map { $0 % connections.count }
    } else {
      self.isClosed = false
    }
  }

  /// Runs to the end: until all that went out has ended, which the time-out sees to.
  consuming func run() throws(ZMQError) -> LoadRecorder {
    while !self.pacer.isOver(at: self.now) || self.outstanding > 0 {
      try self.sendDue()
      // What was sent to may have something to be received and be silent about it.
      try self.receive()
      try self.wait()
      try self.receive()
      try self.lookAtTime()
    }
    self.recorder.addUnsent(self.pacer.takeUnsent())
    return self.recorder
  }

  // MARK: - Out

  private mutating func sendDue() throws(ZMQError) {
    while let index = self.connectionForNext(), let due = self.pacer.take(at: self.now) {
      if self.isClosed { self.turns.removeLast() }
      let connection = self.connections[index]
      let number = self.begun % self.payloads.count
      let payload = self.payloads[number]
      self.begun += 1
      self.outstanding += 1
      let id = connection.session.submit(
        ClientSession.Request(
          model: self.target.model, selector: self.target.selector, requestClass: self.target.requestClass,
          contentType: payload.contentType, timeoutMicroseconds: self.target.timeoutMicroseconds,
          parts: payload.parts.count, payload: PayloadRef(UInt64(number))),
        at: self.now, into: &self.actions)
      connection.due.append(id, due: due)
      try self.perform(of: index, reply: nil)
      self.activate(index)
      // Read again, since what was due may be many and each takes its time.
      self.now = Instant(nanoseconds: MonotonicClock.nanoseconds)
      self.sentAt = self.now
      self.recorder.sent(due: due, ready: connection.readySince, at: self.now)
    }
  }

  /// The connection that the next request goes to; nil if there is none that takes one.
  private func connectionForNext() -> Int? {
    if self.isClosed { return self.turns.last }
    for step in 0..<self.connections.count {
      let index = (self.begun + step) % self.connections.count
      if !self.connections[index].isBlocked { return index }
    }
    return nil
  }

  /// Does what a connection's session says. `reply` is the header part of the unit that brought it about.
  private mutating func perform(of index: Int, reply: PartRef?) throws(ZMQError) {
    let connection = self.connections[index]
    for action in 0..<self.actions.count {
      switch self.actions[action] {
      case .send(_, let header, let payload):
        try connection.send(header: header, payload: self.payloads[Int(payload.rawValue)].parts)
      case .cancel(let id):
        try connection.send(header: CancelHeader(request: id).encoded.array, payload: [])
      case .ping(let nonce):
        try connection.send(header: PingHeader(nonce: nonce).encoded.array, payload: [])
      case .complete(let id, let outcome):
        self.complete(id, of: index, outcome, reply: reply)
      case .release:
        // A payload is shared by all its requests, and replies are let go as a whole.
        break
      }
    }
    self.actions.removeAll(keepingCapacity: true)
  }

  // MARK: - In

  private mutating func activate(_ index: Int) {
    guard !self.isActive[index] else { return }
    self.isActive[index] = true
    self.active.append(index)
  }

  /// Looks at the connections that are active, and leaves those so that have more than their share.
  private mutating func receive() throws(ZMQError) {
    let count = self.active.count
    for position in 0..<count {
      let index = self.active[position]
      let connection = self.connections[index]
      self.isActive[index] = false
      if try self.receive(by: index) == Self.burst { self.activate(index) }
      if connection.isBlocked { try connection.flush(at: self.now) }
    }
    self.active.removeFirst(count)
  }

  /// Takes in what has come on a connection, up to its share, and returns how many messages that was.
  private mutating func receive(by index: Int) throws(ZMQError) -> Int {
    for count in 0..<Self.burst {
      let reception = try self.arena.receive(from: self.connections[index].socket, maxParts: Self.maximumParts)
      guard case .message(let message) = reception else { return count }
      self.now = Instant(nanoseconds: MonotonicClock.nanoseconds)
      try self.received(message.first, by: index)
      self.arena.release(message.first)
    }
    return Self.burst
  }

  /// Cuts a message into its units. One that has fewer parts than it announces is the last.
  private mutating func received(_ first: PartRef, by index: Int) throws(ZMQError) {
    var unit: PartRef? = first
    while let header = unit {
      let announced = (try? Prefix(decoding: self.arena.bytes(of: header))).map { Int($0.parts) } ?? 0
      var last = header
      var parts = 0
      while parts < announced, let next = self.arena.next(after: last) {
        last = next
        parts += 1
      }
      Self.tell(self.connections[index], of: header, in: self.arena, parts: parts, into: &self.actions)
      try self.perform(of: index, reply: header)
      unit = self.arena.next(after: last)
    }
  }

  private static func tell(
    _ connection: BrokerConnection, of header: PartRef, in arena: borrowing MessageArena, parts: Int,
    into actions: inout ClientSession.Actions
  ) {
    connection.session.received(header: arena.bytes(of: header), parts: parts, payload: .none, into: &actions)
  }

  private mutating func complete(_ id: RequestID, of index: Int, _ outcome: ClientOutcome, reply: PartRef?) {
    guard let due = self.connections[index].due.remove(id) else { return }
    self.outstanding -= 1
    self.pacer.ended()
    if self.isClosed { self.turns.append(index) }
    switch outcome {
    case .replied(let header, _) where header.status == .ok:
      self.recorder.ended(due: due, at: self.now, as: .ok)
    case .replied(let header, _):
      let refused = LoadOutcome.refused(code: header.status.name)
      self.recorder.ended(due: due, at: self.now, as: refused)
      guard self.recorder.lacksExample(of: refused), let reply, let detail = self.detail(after: reply, header) else {
        return
      }
      self.recorder.keepExample("\(detail.reason): \(detail.message)", of: refused)
    case .failed(let failure):
      self.recorder.ended(due: due, at: self.now, as: .failed(reason: failure.reason))
    }
  }

  /// What a reply that is no prediction says; nil if that cannot be read.
  private func detail(after header: PartRef, _ reply: ReplyHeader) -> ErrorDetail? {
    guard var part = self.arena.next(after: header) else { return nil }
    if reply.hasOrigin {
      guard let next = self.arena.next(after: part) else { return nil }
      part = next
    }
    return try? ErrorDetail(decoding: self.arena.bytes(of: part))
  }

  // MARK: - Time

  private mutating func wait() throws(ZMQError) {
    var deadline = self.now.advanced(byNanoseconds: Self.tick)
    if self.now < self.pacer.window.end { deadline = min(deadline, self.pacer.window.end) }
    if !self.pacer.isOver(at: self.now), self.connectionForNext() != nil {
      deadline = min(deadline, max(self.pacer.nextDue, self.sentAt.advanced(byNanoseconds: Self.pause)))
    }
    try self.wakes.wait(
      untilNanoseconds: self.active.isEmpty && deadline > self.now ? deadline.nanoseconds : nil, into: &self.ready)
    self.now = Instant(nanoseconds: MonotonicClock.nanoseconds)
    for index in self.ready { self.activate(index) }
    self.ready.removeAll(keepingCapacity: true)
  }

  private mutating func lookAtTime() throws(ZMQError) {
    guard self.now >= self.nextTick else { return }
    self.nextTick = self.now.advanced(byNanoseconds: Self.tick)
    for index in self.connections.indices where self.connections[index].session.outstandingCount > 0 {
      self.activate(index)
      self.connections[index].session.tick(at: self.now, into: &self.actions)
      try self.perform(of: index, reply: nil)
    }
  }
}
