import BasicContainers
import QueueCore

/// A client's program on the real session: asks in bursts, gives up now and then, and is rude if the world is.
struct SimClient: ~Copyable {
  let index: Int32
  private(set) var connection: Int32 = -1
  private(set) var isGone = false
  private(set) var remaining: Int
  private var session: ClientSession
  private var store = PayloadStore()
  private var clock = Clock(offset: 0)
  private var tokens: UInt64 = 0
  /// What it is about to give up.
  private var doomed: [RequestID] = []
  private var latest: [RequestID] = []
  /// What is held back until a broker is heard.
  private var backlog: [(id: RequestID, message: Message)] = []
  private let pauseMicroseconds: Int

  init(index: Int32, options: Options) {
    self.index = index
    self.remaining = options.requestsPerClient
    var sessionOptions = ClientSession.Options()
    sessionOptions.maxOutstanding = options.clientOutstanding
    self.session = ClientSession(options: sessionOptions)
    let acts = max(options.requestsPerClient * 2 / (options.burst + 1), 1)
    self.pauseMicroseconds = options.stormMilliseconds * 1000 / acts
  }

  mutating func start(in stage: inout Stage) {
    self.connection = stage.connect(.client(self.index))
    self.clock = Clock(offset: stage.random.next() >> 16)
    self.actLater(in: &stage)
  }

  // MARK: What it does

  mutating func act(in stage: inout Stage) {
    guard !self.isGone else { return }
    for id in self.doomed { self.cancel(id, in: &stage) }
    self.doomed = []
    guard stage.isStormy, self.remaining > 0 else { return }
    self.actLater(in: &stage)
    if stage.random.percent(stage.options.rudePercent) { self.beRude(in: &stage) }
    for _ in 0..<min(stage.random.within(1...stage.options.burst), self.remaining) { self.ask(in: &stage) }
    if stage.random.percent(2) { self.call(in: &stage) }
  }

  private func actLater(in stage: inout Stage) {
    let pause = stage.random.pause(meanMicroseconds: self.pauseMicroseconds)
    stage.agenda.add(.clientActs(self.index), at: stage.now + pause)
  }

  private mutating func ask(in stage: inout Stage) {
    self.remaining -= 1
    stage.totals.requests += 1
    self.tokens += 1
    let token = (UInt64(self.index) + 1) << 32 | self.tokens
    let parts = RequestBody.parts(
      token: token, isPoison: stage.random.below(1000) < stage.options.poisonPermille,
      bytes: stage.random.below(stage.options.payloadBytes + 1), parts: stage.random.weighted([1, 20, 3, 1]))
    var request = Catalogue.request(in: &stage)
    request.parts = parts.count
    request.payload = self.store.keep(parts)
    let index = self.index
    var id = RequestID(0)
    self.drive(in: &stage) { session, now, stage, actions in
      id = session.submit(request, at: now, into: &actions)
      stage.observe(
        .submitted(ClientRequest(client: index, request: id), token: token))
    }
    if stage.random.percent(stage.options.cancelPercent) { self.doomed.append(id) }
    if self.latest.count >= 64 { self.latest.removeFirst(32) }
    self.latest.append(id)
  }

  private mutating func call(in stage: inout Stage) {
    let payload = self.store.keep([Array("{}".utf8)])
    let index = self.index
    stage.totals.requests += 1
    self.drive(in: &stage) { session, now, stage, actions in
      let id = session.call("status", payload: payload, at: now, into: &actions)
      stage.observe(.submitted(ClientRequest(client: index, request: id), token: 0))
    }
  }

  private mutating func cancel(_ id: RequestID, in stage: inout Stage) {
    if self.session.isOutstanding(id) { stage.totals.cancellations += 1 }
    self.drive(in: &stage) { session, _, _, actions in session.cancel(id, into: &actions) }
  }

  /// Gives up what it has asked for lately, and what it has not asked for.
  mutating func cancelStorm(in stage: inout Stage) {
    guard !self.isGone else { return }
    for id in self.latest { self.cancel(id, in: &stage) }
    for _ in 0..<10 {
      let header = CancelHeader(request: RequestID(stage.random.next()))
      stage.sendToBroker([header.encoded.array], over: self.connection)
    }
  }

  private func beRude(in stage: inout Stage) {
    stage.totals.lies += 1
    stage.sendToBroker(Catalogue.rudeness(to: self.latest, in: &stage), over: self.connection)
  }

  // MARK: What happens to it

  mutating func received(_ message: Message, in stage: inout Stage) {
    guard !self.isGone else { return }
    var units = Units(message)
    do throws(WireError) {
      while let unit = try units.next() {
        let payload = self.store.keep(unit.parts)
        self.drive(in: &stage) { session, _, _, actions in
          session.received(
            header: unit.header.span.bytes, parts: unit.parts.count, payload: payload, into: &actions)
        }
      }
    } catch {
      stage.observe(.payloadMisused("client \(self.index) got a message that is none: \(error)"))
    }
  }

  mutating func woke(in stage: inout Stage) {
    guard self.clock.woke(at: stage.now), !self.isGone else { return }
    self.drive(in: &stage) { session, now, _, actions in session.tick(at: now, into: &actions) }
  }

  /// The program ends in good order: everything it waits for ends.
  mutating func close(in stage: inout Stage) {
    guard !self.isGone else { return }
    stage.say("client \(self.index): closes")
    self.drive(in: &stage) { session, _, _, actions in session.close(into: &actions) }
    self.isGone = true
    self.remaining = 0
    stage.disconnect(self.connection, vanishing: false)
  }

  /// The process dies; if its host dies with it, nobody is told.
  mutating func crash(hostLoss: Bool, in stage: inout Stage) {
    guard !self.isGone else { return }
    stage.say("client \(self.index): \(hostLoss ? "its host dies" : "crashes")")
    self.isGone = true
    self.remaining = 0
    stage.totals.orphaned += self.session.outstandingCount
    stage.disconnect(self.connection, vanishing: hostLoss)
    stage.observe(.clientGone(self.index))
  }

  /// The connection breaks; the socket makes a new one by itself.
  mutating func cutLink(in stage: inout Stage) {
    guard !self.isGone else { return }
    stage.disconnect(self.connection, vanishing: false)
    self.connection = stage.connect(.client(self.index))
  }

  /// The broker has gone; the socket connects to the next one by itself.
  mutating func brokerGone(in stage: inout Stage) {
    guard !self.isGone else { return }
    self.connection = stage.connect(.client(self.index))
  }

  mutating func jumpClock(by nanoseconds: UInt64, in stage: inout Stage) {
    guard !self.isGone else { return }
    self.clock.offset += nanoseconds
    self.wake(in: &stage)
  }

  /// What keeps it from being at rest.
  var pending: String? {
    guard !self.isGone else { return nil }
    if self.session.outstandingCount > 0 {
      return "client \(self.index) waits for \(self.session.outstandingCount) answers"
    }
    return self.store.count > 0 ? "client \(self.index) holds \(self.store.count) payloads" : nil
  }

  // MARK: Driving the session

  private mutating func drive(
    in stage: inout Stage,
    _ happen: (inout ClientSession, Instant, inout Stage, inout ClientSession.Actions) -> Void
  ) {
    var actions = ClientSession.Actions()
    happen(&self.session, self.clock.reading(at: stage.now), &stage, &actions)
    for index in actions.indices { self.perform(actions[index], in: &stage) }
    self.flush(in: &stage)
    self.wake(in: &stage)
  }

  private mutating func perform(_ action: ClientSession.Action, in stage: inout Stage) {
    switch action {
    case .send(let id, let header, let payload):
      self.backlog.append((id, [header] + self.spend(payload, in: &stage)))
    case .cancel(let id):
      if let position = self.backlog.firstIndex(where: { $0.id == id }) {
        self.backlog.remove(at: position)
      } else {
        self.backlog.append((id, [CancelHeader(request: id).encoded.array]))
      }
    case .ping(let nonce):
      stage.sendToBroker([PingHeader(nonce: nonce).encoded.array], over: self.connection)
    case .complete(let id, let outcome):
      self.complete(id, outcome, in: &stage)
    case .release(let payload):
      _ = self.spend(payload, in: &stage)
    }
  }

  /// Sends what was held back, once there is a broker to take it.
  private mutating func flush(in stage: inout Stage) {
    guard self.session.isBrokerHeard else { return }
    for waiting in self.backlog { stage.sendToBroker(waiting.message, over: self.connection) }
    self.backlog.removeAll(keepingCapacity: true)
  }

  private mutating func complete(_ id: RequestID, _ outcome: ClientOutcome, in stage: inout Stage) {
    var token: UInt64?
    switch outcome {
    case .replied(let reply, let payload):
      stage.say("client \(self.index): request \(id.rawValue) is answered, \(reply.status.name)")
      let parts = self.spend(payload, in: &stage)
      if reply.hasOrigin { stage.totals.replies += 1 } else { stage.totals.refusals += 1 }
      if reply.status == .ok, let stamp = Stamp(parts), stamp.token != Stamp.noToken { token = stamp.token }
    case .failed(let failure):
      stage.say("client \(self.index): request \(id.rawValue) fails, \(failure.reason)")
      stage.totals.failures += 1
    }
    stage.observe(.ended(ClientRequest(client: self.index, request: id), token: token))
  }

  private mutating func spend(_ payload: PayloadRef, in stage: inout Stage) -> Message {
    let parts = self.store.parts(of: payload)
    if parts == nil || payload != .none && !self.store.release(payload) {
      stage.observe(.payloadMisused("client \(self.index) gives payload \(payload.rawValue) back a second time"))
    }
    return parts ?? []
  }

  private mutating func wake(in stage: inout Stage) {
    guard let due = self.clock.waking(for: self.session.nextDeadline, at: stage.now) else { return }
    stage.agenda.add(.clientWake(self.index), at: due)
  }
}
