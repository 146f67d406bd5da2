import BasicContainers
import QueueCore

/// A seat for an honest worker: one process after the other, each with the real session and a made-up engine.
struct SimWorker: ~Copyable {
  let seat: Int32
  let model: String
  let version: String
  let takesBulk: Bool
  /// Counts the processes.
  private(set) var life: UInt32 = 0
  private(set) var isUp = false
  /// The broker has no room for it; it does not try again once the world is being healed.
  private(set) var isUnwanted = false
  var session: WorkerSession
  var store = PayloadStore()
  var engine = Engine()
  var maker: UInt32 = 0
  var connection: Int32 = -1
  /// The socket's connection to an earlier life of the broker, on which something may still come.
  private var formerConnection: Int32?
  var clock = Clock(offset: 0)
  private var outgoing: [Message] = []
  private var isFrozen = false
  private var heldMessages: [Message] = []
  private var heldRuns: [Int32] = []

  init(seat: Int32, model: String, version: String, takesBulk: Bool, options: Options) {
    self.seat = seat
    self.model = model
    self.version = version
    self.takesBulk = takesBulk
    self.session = Self.makeSession(seat, model, version, options)
  }

  private static func makeSession(
    _ seat: Int32, _ model: String, _ version: String, _ options: Options
  ) -> WorkerSession {
    WorkerSession(
      WorkerSession.Configuration(
        join: JoinHeader(
          heartbeatMilliseconds: UInt32(options.workerHeartbeatMilliseconds), liveness: UInt8(options.workerLiveness),
          processID: UInt32(seat), model: model, version: version, name: "worker-\(seat)", host: "sim",
          engine: "simulated"),
        drainGraceMilliseconds: UInt64(options.workerDrainGraceMilliseconds)))
  }

  // MARK: A process's life

  mutating func start(in stage: inout Stage) {
    guard !self.isUp else { return }
    self.life += 1
    self.isUp = true
    self.isUnwanted = false
    self.session = Self.makeSession(self.seat, self.model, self.version, stage.options)
    self.maker = stage.nextMaker()
    self.connection = stage.connect(.worker(self.seat), maker: self.maker)
    self.clock = Clock(offset: stage.random.next() >> 16)
    stage.say("worker \(self.seat): starts as process \(self.maker)")
    let loading = stage.random.pause(meanMicroseconds: stage.options.loadMilliseconds * 1000)
    stage.agenda.add(.workerLoaded(self.seat, life: self.life), at: stage.now + loading)
    self.drive(in: &stage) { $0.start(at: $1, into: &$2) }
  }

  mutating func loaded(life: UInt32, in stage: inout Stage) {
    guard self.isUp, life == self.life else { return }
    if stage.isStormy, stage.random.percent(stage.options.loadFailPercent) {
      return self.drive(in: &stage) { $0.loadFailed(at: $1, into: &$2) }
    }
    let readiness = WorkerSession.Readiness(
      credit: UInt16(stage.random.within(1...stage.options.credit)),
      bulkCredit: self.takesBulk ? UInt16(stage.random.within(1...stage.options.bulkCredit)) : 0,
      maxBatchSize: 64, loadMilliseconds: 1, digest: [])
    self.drive(in: &stage) { $0.modelLoaded(readiness, at: $1, into: &$2) }
  }

  mutating func drain(in stage: inout Stage) {
    guard self.isUp, !self.isFrozen else { return }
    self.drive(in: &stage) { $0.drainRequested(at: $1, into: &$2) }
  }

  /// The process dies; if its host dies with it, nobody is told.
  mutating func crash(hostLoss: Bool, in stage: inout Stage) {
    guard self.isUp else { return }
    stage.totals.crashes += 1
    stage.say("worker \(self.seat): \(hostLoss ? "its host dies" : "crashes")")
    self.end(vanishing: hostLoss, in: &stage)
  }

  private mutating func end(vanishing: Bool, in stage: inout Stage) {
    self.isUp = false
    self.outgoing = []
    self.isFrozen = false
    self.heldMessages = []
    self.heldRuns = []
    self.engine = Engine()
    self.store = PayloadStore()
    self.closeFormerConnection(in: &stage)
    stage.disconnect(self.connection, vanishing: vanishing)
    stage.observe(.membershipEnded(maker: self.maker))
    guard stage.isStormy || !self.isUnwanted else { return }
    let pause = stage.random.pause(meanMicroseconds: stage.isStormy ? 1_000_000 : 100_000)
    stage.agenda.add(.workerStart(self.seat), at: stage.now + pause)
  }

  // MARK: What happens to it

  mutating func received(_ message: Message, in stage: inout Stage) {
    guard self.isUp else { return }
    if self.isFrozen {
      self.heldMessages.append(message)
    } else {
      self.take(message, in: &stage)
    }
  }

  mutating func woke(life: UInt32, in stage: inout Stage) {
    guard self.isUp, life == self.life, self.clock.woke(at: stage.now), !self.isFrozen else { return }
    self.drive(in: &stage) { $0.tick(at: $1, into: &$2) }
  }

  mutating func engineDone(life: UInt32, run: Int32, in stage: inout Stage) {
    guard self.isUp, life == self.life else { return }
    if self.isFrozen {
      self.heldRuns.append(run)
    } else {
      self.finish(run, in: &stage)
    }
  }

  mutating func freeze(until time: UInt64, in stage: inout Stage) {
    guard self.isUp, !self.isFrozen else { return }
    stage.say("worker \(self.seat): frozen until \(Trace.seconds(time))")
    self.isFrozen = true
    stage.agenda.add(.workerThaw(self.seat, life: self.life), at: time)
  }

  /// Goes on where it was: what it has computed may leave before it hears what has happened meanwhile.
  mutating func thaw(life: UInt32, in stage: inout Stage) {
    guard self.isUp, life == self.life, self.isFrozen else { return }
    stage.say("worker \(self.seat): goes on")
    self.isFrozen = false
    let (messages, runs) = (self.heldMessages, self.heldRuns)
    self.heldMessages = []
    self.heldRuns = []
    let resultsFirst = stage.random.percent(50)
    if resultsFirst { for run in runs { self.finish(run, in: &stage) } }
    for message in messages where self.isUp { self.take(message, in: &stage) }
    if !resultsFirst { for run in runs { self.finish(run, in: &stage) } }
    guard self.isUp else { return }
    self.drive(in: &stage) { $0.tick(at: $1, into: &$2) }
  }

  /// The connection breaks; the socket makes a new one by itself.
  mutating func cutLink(in stage: inout Stage) {
    guard self.isUp else { return }
    stage.disconnect(self.connection, vanishing: false)
    self.connection = stage.connect(.worker(self.seat), maker: self.maker)
  }

  private mutating func closeFormerConnection(in stage: inout Stage) {
    guard let former = self.formerConnection.take() else { return }
    stage.disconnect(former, vanishing: false)
  }

  /// The broker has gone; the socket connects to the next one by itself.
  mutating func brokerGone(in stage: inout Stage) {
    guard self.isUp else { return }
    self.closeFormerConnection(in: &stage)
    self.formerConnection = self.connection
    self.connection = stage.connect(.worker(self.seat), maker: self.maker)
  }

  mutating func jumpClock(by nanoseconds: UInt64, in stage: inout Stage) {
    guard self.isUp else { return }
    self.clock.offset += nanoseconds
    self.wake(in: &stage)
  }

  /// What keeps it from being at rest.
  func pending(_ options: Options) -> String? {
    guard self.isUp else { return self.isUnwanted ? nil : "worker \(self.seat) is down" }
    if !self.session.isReady { return "worker \(self.seat) of \(self.model)@\(self.version) is not ready" }
    if self.session.inFlight > 0 { return "worker \(self.seat) has \(self.session.inFlight) requests in hand" }
    if !self.engine.isIdle { return "the engine of worker \(self.seat) is not idle" }
    return self.store.count > 0 ? "worker \(self.seat) holds \(self.store.count) payloads" : nil
  }

  // MARK: Driving the session

  typealias Actions = UniqueArray<WorkerSession.Action>

  /// Lets the session have something happen, does what it asks for, and lets the engine take what there is.
  mutating func drive(
    in stage: inout Stage, _ happen: (inout WorkerSession, Instant, inout Actions) -> Void
  ) {
    let now = self.clock.reading(at: stage.now)
    var actions = Actions()
    happen(&self.session, now, &actions)
    var index = 0
    while self.isUp {
      if index < actions.count {
        let action = actions[index]
        index += 1
        self.perform(action, in: &stage)
      } else if let report = self.pump(in: &stage) {
        self.session.resultReady(report.outcome, payload: report.payload, at: now, into: &actions)
      } else {
        break
      }
    }
    self.flush(in: &stage)
    self.wake(in: &stage)
  }

  private mutating func take(_ message: Message, in stage: inout Stage) {
    var units = Units(message)
    do throws(WireError) {
      while self.isUp, let unit = try units.next() {
        if unit.prefix.command == .work { try self.noteArrival(of: unit, in: &stage) }
        let payload = self.store.keep(unit.parts)
        self.drive(in: &stage) {
          $0.received(header: unit.header.span.bytes, payload: payload, at: $1, into: &$2)
        }
      }
    } catch {
      self.session.malformedMessageReceived()
    }
  }

  private func noteArrival(of unit: Unit, in stage: inout Stage) throws(WireError) {
    let work = try WorkHeader(decoding: unit.header.span.bytes)
    stage.observe(
      .workArrived(maker: self.maker, work.work, attempt: work.attempt, work.requestClass.lane))
  }

  private mutating func perform(_ action: WorkerSession.Action, in stage: inout Stage) {
    switch action {
    case .sendJoin:
      self.outgoing.append([self.session.joinHeader.encoded])
    case .loadArtifact(let payload):
      _ = self.spend(payload, in: &stage)
    case .sendReady:
      guard let header = self.session.readyHeader else { return }
      self.outgoing.append([header.encoded, Array("{}".utf8)])
      stage.observe(
        .granted(maker: self.maker, credit: Int(header.credit), bulkCredit: Int(header.bulkCredit)))
    case .sendHeartbeat(let header):
      var figures = WorkerFigures()
      figures.computeProgress = self.engine.steps
      self.outgoing.append([header.encoded.array, figures.encoded])
    case .sendNotice(let header):
      self.outgoing.append([header.encoded.array])
    case .sendResult(let header, let payload):
      self.sendResult(header, self.spend(payload, in: &stage), in: &stage)
    case .sendRefusal(let header, let refusal):
      let stamp = Stamp(work: header.work, attempt: header.attempt, maker: self.maker, token: Stamp.noToken)
      self.sendResult(header, [refusal.detail.encoded + stamp.bytes], in: &stage)
    case .run(let work):
      self.engine.waiting[Int(work.requestClass.lane.rawValue)].append(work)
    case .cancel(let ticket):
      self.engine.cancelled.insert(ticket)
    case .release(let payload):
      _ = self.spend(payload, in: &stage)
    case .reconnect:
      self.outgoing = []
      stage.observe(.membershipEnded(maker: self.maker))
      self.closeFormerConnection(in: &stage)
      self.cutLink(in: &stage)
    case .finished(let exit):
      self.leave(exit, in: &stage)
    }
  }

  private mutating func sendResult(_ header: ResultHeader, _ parts: Message, in stage: inout Stage) {
    let isDoubled = stage.mutation == .answerTwice && stage.random.percent(5)
    for _ in 0..<(isDoubled ? 2 : 1) {
      self.outgoing.append([header.encoded.array] + parts)
      stage.observe(.workAnswered(maker: self.maker, header.work, attempt: header.attempt))
    }
  }

  /// Takes a payload out of the store for good.
  mutating func spend(_ payload: PayloadRef, in stage: inout Stage) -> Message {
    let parts = self.store.parts(of: payload)
    if parts == nil || payload != .none && !self.store.release(payload) {
      stage.observe(.payloadMisused("worker \(self.seat) gives payload \(payload.rawValue) back a second time"))
    }
    return parts ?? []
  }

  private mutating func leave(_ exit: WorkerSession.Exit, in stage: inout Stage) {
    stage.say("worker \(self.seat): ends, \(exit)")
    if exit == .drained { stage.totals.departures += 1 }
    self.isUnwanted = exit == .refused && self.session.refusal?.status == .resourceExhausted
    self.flush(in: &stage)
    self.end(vanishing: false, in: &stage)
    // It leaves in good order: what it has sent arrives.
    stage.network[self.connection].isDraining = true
  }

  private mutating func flush(in stage: inout Stage) {
    guard !self.outgoing.isEmpty else { return }
    if stage.options.joinsUnits {
      stage.sendToBroker(Array(self.outgoing.joined()), over: self.connection)
    } else {
      for unit in self.outgoing { stage.sendToBroker(unit, over: self.connection) }
    }
    self.outgoing.removeAll(keepingCapacity: true)
  }

  private mutating func wake(in stage: inout Stage) {
    guard self.isUp, let due = self.clock.waking(for: self.session.nextDeadline, at: stage.now) else { return }
    stage.agenda.add(.workerWake(self.seat, life: self.life), at: due)
  }
}
