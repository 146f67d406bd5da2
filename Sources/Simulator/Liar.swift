import QueueCore

/// A worker that speaks the protocol to abuse it: it joins, takes work, answers most of it, and lies.
struct Liar {
  let seat: Int32
  let model: String
  let version: String
  private(set) var connection: Int32 = -1
  private(set) var isGone = false
  private var maker: UInt32 = 0
  private var session: SessionID?
  private var isReady = false
  private var pause = 0
  private var work: [WorkHeader] = []
  /// What the work it was given is about. What it makes of that is even right.
  private var tokens: [WorkID: UInt64] = [:]

  init(seat: Int32, model: String, version: String) {
    self.seat = seat
    self.model = model
    self.version = version
  }

  mutating func start(in stage: inout Stage) {
    self.pause = stage.random.withinMagnitudes(2000...64_000)
    self.maker = stage.nextMaker()
    self.connection = stage.connect(.liar(self.seat), maker: self.maker)
    stage.agenda.add(.liarActs(self.seat), at: stage.now)
  }

  /// It is found out and removed.
  mutating func remove(in stage: inout Stage) {
    guard !self.isGone else { return }
    self.isGone = true
    stage.disconnect(self.connection, vanishing: false)
  }

  mutating func brokerGone(in stage: inout Stage) {
    guard !self.isGone else { return }
    self.connection = stage.connect(.liar(self.seat), maker: self.maker)
  }

  mutating func received(_ message: Message, in stage: inout Stage) {
    guard !self.isGone else { return }
    var units = Units(message)
    while let unit = try? units.next() {
      let header = unit.header.span.bytes
      switch unit.prefix.command {
      case .welcome:
        self.session = (try? WelcomeHeader(decoding: header))?.session
        self.isReady = false
        self.work = []
        self.tokens = [:]
      case .work:
        guard let work = try? WorkHeader(decoding: header) else { continue }
        self.work.append(work)
        self.tokens[work.work] = RequestBody.token(unit.parts)
      case .disconnect:
        self.session = nil
      default:
        break
      }
    }
  }

  mutating func act(in stage: inout Stage) {
    guard !self.isGone else { return }
    stage.agenda.add(.liarActs(self.seat), at: stage.now + stage.random.pause(meanMicroseconds: self.pause))
    guard let session = self.session else {
      if stage.random.percent(20) { self.send([self.join.encoded], in: &stage) }
      return
    }
    if !self.isReady {
      self.isReady = true
      self.send(self.ready(session, in: &stage), in: &stage)
    }
    if stage.random.percent(30) {
      self.send([SessionHeader(.heartbeat, session: session).encoded.array], in: &stage)
    }
    if stage.random.percent(15) {
      stage.totals.lies += 1
      self.lie(session, in: &stage)
    } else if !self.work.isEmpty {
      let work = self.work.remove(at: stage.random.below(self.work.count))
      self.send(self.result(work, session), in: &stage)
    }
  }

  // MARK: Lies

  private mutating func lie(_ session: SessionID, in stage: inout Stage) {
    let mine = self.work.isEmpty ? nil : stage.random.one(of: self.work)
    let heard = stage.gossip.isEmpty ? nil : stage.random.one(of: stage.gossip)
    switch stage.random.below(14) {
    case 0:
      self.send(self.result(self.invented(in: &stage), session), in: &stage)
    case 1, 2:
      // Somebody else's work.
      if let heard { self.send(self.result(heard, session), in: &stage) }
    case 3:
      if var mine {
        mine.attempt = stage.random.percent(50) ? mine.attempt &+ 1 : mine.attempt &- 1
        self.send(self.result(mine, session), in: &stage)
      }
    case 4:
      let stale = SessionID(session.rawValue &- UInt32(stage.random.within(1...3)))
      if let work = mine ?? heard { self.send(self.result(work, stale), in: &stage) }
    case 5:
      if let mine {
        let result = self.result(mine, session)
        self.work.removeAll { $0.work == mine.work && $0.attempt == mine.attempt }
        self.send(result + result, in: &stage)
      }
    case 6:
      self.send(self.ready(session, in: &stage), in: &stage)
    case 7:
      self.send(self.garbage(in: &stage), in: &stage)
    case 8:
      // Announces a payload that does not follow, behind something good.
      let heartbeat = SessionHeader(.heartbeat, session: session)
      let damaged = SessionHeader(.heartbeat, session: session, parts: 3)
      self.send([heartbeat.encoded.array, damaged.encoded.array, []], in: &stage)
    case 9:
      self.send([PingHeader(nonce: 1).encoded.array], in: &stage)
    case 10:
      self.send([SessionHeader(.goodbye, session: session).encoded.array], in: &stage)
    case 11:
      self.send([self.join.encoded], in: &stage)
    case 12:
      // Takes work for good and never speaks of it again.
      self.work = []
    default:
      self.send([SessionHeader(.draining, session: session).encoded.array], in: &stage)
    }
  }

  private func invented(in stage: inout Stage) -> WorkHeader {
    WorkHeader(
      work: WorkID(stage.random.next() >> UInt64(stage.random.below(64))), remainingMicroseconds: 0,
      attempt: UInt8(stage.random.below(256)), requestClass: .online, contentType: .octets, parts: 0)
  }

  private func garbage(in stage: inout Stage) -> Message {
    var bytes = (0..<stage.random.below(40)).map { _ in UInt8(truncatingIfNeeded: stage.random.next()) }
    if stage.random.percent(50) {
      let command = stage.random.one(of: [Command.result, .ready, .heartbeat, .join, .goodbye])
      bytes = Prefix(command, parts: stage.random.below(3)).encoded + bytes
    }
    return stage.random.percent(20) ? [bytes, bytes] : [bytes]
  }

  // MARK: Messages

  private var join: JoinHeader {
    JoinHeader(
      heartbeatMilliseconds: 1000, liveness: 3, processID: 1, model: self.model, version: self.version,
      name: "liar-\(self.seat)", host: "sim", engine: "none")
  }

  private func ready(_ session: SessionID, in stage: inout Stage) -> Message {
    let header = ReadyHeader(
      session: session, credit: UInt16(stage.random.within(1...stage.options.credit)),
      bulkCredit: UInt16(stage.random.below(3)), maxBatchSize: 1, loadMilliseconds: 0, digest: [])
    return [header.encoded, Array("{}".utf8)]
  }

  private func result(_ work: WorkHeader, _ session: SessionID) -> Message {
    let header = ResultHeader(
      work: work.work, session: session, attempt: work.attempt, status: .ok, contentType: work.contentType, parts: 1,
      queueMicroseconds: 0, computeMicroseconds: 0)
    let stamp = Stamp(
      work: work.work, attempt: work.attempt, maker: self.maker, token: self.tokens[work.work] ?? Stamp.noToken)
    return [header.encoded.array, stamp.bytes]
  }

  private func send(_ message: Message, in stage: inout Stage) {
    stage.sendToBroker(message, over: self.connection)
  }
}
