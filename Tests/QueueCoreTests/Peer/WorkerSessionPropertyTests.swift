import QueueCore
import Testing

/// A random broker, honest and lying, and a random driver against one session.
@Suite struct WorkerSessionPropertyTests {
  @Test(arguments: 0..<60 as Range<UInt64>) func everySequenceKeepsThePromises(seed: UInt64) {
    var world = World(seed: seed)
    for _ in 0..<1500 where !world.isOver { world.step() }
    world.finish()
  }
}

/// Applies every action to a model of what may be, and complains where it may not.
private struct World: ~Copyable {
  private var harness = WorkerSessionHarness()
  private var random: SplitMix64
  private let credit: UInt16
  private let bulkCredit: UInt16
  private let heartbeat = UInt64(WorkerSessionHarness.join.heartbeatMilliseconds)
  private var nextPayload: UInt64 = 1
  private var livePayloads: Set<UInt64> = []
  private var running: [WorkerSession.Ticket: WorkerSession.Work] = [:]
  private var order: [WorkerSession.Ticket] = []
  private var answered: Set<WorkerSession.Ticket> = []
  private var abandoned: Set<WorkerSession.Ticket> = []
  private var epoch: UInt32 = 0
  private var session: UInt32 = 0
  private var awaitsWelcome = false
  private var isWelcome = false
  private var hasLoaded = false
  private var lastBeat: Instant?
  private(set) var isOver = false

  init(seed: UInt64) {
    self.random = SplitMix64(seed: seed)
    self.credit = UInt16.random(in: 1...4, using: &self.random)
    self.bulkCredit = UInt16.random(in: 0...2, using: &self.random)
    self.apply(self.harness.start())
  }

  mutating func step() {
    switch Int.random(in: 0..<100, using: &self.random) {
    case 0..<35: self.sendWork()
    case 35..<60: self.finishSomething()
    case 60..<65: self.cancelSomething()
    case 65..<80: self.apply(self.harness.brokerBeat(self.session))
    case 80..<86: self.welcome()
    case 86: self.load()
    case 87: self.apply(self.harness.disconnect(.aborted))
    case 88: self.sendNoise()
    case 89 where self.random.chance(oneIn: 60): self.apply(self.harness.drainRequested())
    default: self.letTimePass()
    }
    #expect(self.harness.session.inFlight == self.running.keys.count { self.isInHand($0) })
  }

  /// Whatever still runs reports; then nothing may be left.
  mutating func finish() {
    self.apply(self.harness.drainRequested())
    while !self.order.isEmpty { self.finishSomething() }
    self.harness.advance(milliseconds: 500)
    if !self.isOver { self.apply(self.harness.tick()) }
    #expect(self.isOver && self.harness.session.isFinished)
    #expect(self.harness.session.nextDeadline == .distantFuture)
    #expect(self.livePayloads.isEmpty, "payloads never spent: \(self.livePayloads)")
    #expect(self.harness.tick().isEmpty)
  }

  // MARK: Events

  private mutating func sendWork() {
    let work = UInt64.random(in: 1...6, using: &self.random)
    let requestClass = RequestClass.allCases.randomElement(using: &self.random) ?? .online
    let payload = self.newPayload()
    self.apply(
      self.harness.work(
        work, attempt: UInt8.random(in: 1...2, using: &self.random),
        remaining: Int64.random(in: -1...5_000_000, using: &self.random), class: requestClass, payload: payload))
  }

  private mutating func finishSomething() {
    guard let ticket = self.order.randomElement(using: &self.random) else { return }
    let status: StatusCode = self.random.chance(oneIn: 5) ? .internal : .ok
    // A driver that reports twice now and then.
    for _ in 0..<(self.random.chance(oneIn: 20) ? 2 : 1) {
      self.apply(self.harness.result(ticket, status: status, payload: self.newPayload()))
    }
    self.order.removeAll { $0 == ticket }
    self.running[ticket] = nil
  }

  private mutating func cancelSomething() {
    let ticket = self.order.randomElement(using: &self.random)
    self.apply(self.harness.cancel(ticket?.work.rawValue ?? 77, attempt: ticket?.attempt ?? 1))
  }

  private mutating func welcome() {
    // To a session that awaits none, this one must change nothing.
    if self.awaitsWelcome {
      self.session += 1
      self.isWelcome = true
      self.awaitsWelcome = false
      self.lastBeat = self.harness.now
    }
    self.apply(self.harness.welcome(self.session))
  }

  private mutating func load() {
    guard !self.hasLoaded else { return }
    self.hasLoaded = true
    self.apply(self.harness.loaded(WorkerSessionHarness.readiness(credit: self.credit, bulkCredit: self.bulkCredit)))
  }

  private mutating func sendNoise() {
    var bytes = WorkerSessionHarness.workHeader(3)
    bytes[Int.random(in: 0..<8, using: &self.random)] = UInt8.random(in: 0...255, using: &self.random)
    self.apply(self.harness.received(bytes, payload: self.newPayload()))
  }

  private mutating func letTimePass() {
    self.harness.advance(milliseconds: UInt64.random(in: 0...400, using: &self.random))
    while self.harness.session.nextDeadline <= self.harness.now { self.apply(self.harness.tick()) }
    if let lastBeat = self.lastBeat, self.isWelcome {
      #expect(self.harness.now.milliseconds(since: lastBeat) < self.heartbeat + 400, "a heartbeat was late")
    }
  }

  private mutating func newPayload() -> PayloadRef {
    defer { self.nextPayload += 1 }
    self.livePayloads.insert(self.nextPayload)
    return PayloadRef(self.nextPayload)
  }

  // MARK: Actions

  private mutating func apply(_ actions: [WorkerSession.Action]) {
    for action in actions {
      if self.isOver, case .release = action {} else { #expect(self.isOver == false, "\(action) after the end") }
      switch action {
      case .sendJoin:
        self.epoch += 1
        self.awaitsWelcome = true
      case .sendReady: #expect(self.isWelcome && self.hasLoaded)
      case .sendHeartbeat(let header):
        #expect(header.session.rawValue == self.session)
        self.lastBeat = self.harness.now
      case .sendNotice(let header): #expect(header.session.rawValue == self.session)
      case .sendResult(let header, let payload): self.resultSent(header, payload)
      case .sendRefusal(let header, _): #expect(header.status == .resourceExhausted)
      case .run(let work): self.workTaken(work)
      case .cancel(let ticket): #expect(self.running[ticket] != nil)
      case .release(let payload), .loadArtifact(let payload): self.spend(payload)
      case .reconnect: self.membershipEnded()
      case .finished:
        self.membershipEnded()
        self.isOver = true
      }
    }
  }

  private mutating func workTaken(_ work: WorkerSession.Work) {
    #expect(work.ticket.epoch == self.epoch)
    #expect(self.running.updateValue(work, forKey: work.ticket) == nil, "taken twice")
    self.order.append(work.ticket)
    self.answered.remove(work.ticket)
    self.spend(work.payload)
    let lane = work.requestClass.lane
    let held = self.running.values.count { self.isInHand($0.ticket) && $0.requestClass.lane == lane }
    #expect(held <= Int(lane == .interactive ? self.credit : self.bulkCredit), "more \(lane) work than credit")
  }

  private mutating func resultSent(_ header: ResultHeader, _ payload: PayloadRef) {
    let ticket = WorkerSession.Ticket(work: header.work, attempt: header.attempt, epoch: self.epoch)
    #expect(self.isInHand(ticket) == true, "a result for work that is not in hand")
    #expect(header.session.rawValue == self.session)
    #expect(self.answered.insert(ticket).inserted, "answered twice")
    self.spend(payload)
  }

  private mutating func membershipEnded() {
    self.abandoned.formUnion(self.running.keys)
    self.awaitsWelcome = false
    self.isWelcome = false
    self.lastBeat = nil
  }

  private mutating func spend(_ payload: PayloadRef) {
    #expect(self.livePayloads.remove(payload.rawValue) != nil, "payload \(payload.rawValue) spent twice")
  }

  private func isInHand(_ ticket: WorkerSession.Ticket) -> Bool {
    self.running[ticket] != nil && !self.answered.contains(ticket) && !self.abandoned.contains(ticket)
  }
}
