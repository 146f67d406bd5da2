@testable import QueueCore

/// A broker under random events, sensible and not, with a ledger of what it owes to whom.
///
/// The ledger knows only what a driver knows: the events it passed in and the actions it was asked for.
struct BrokerStory: ~Copyable {
  static let clients = 4
  static let peers = 6

  var harness: BrokerHarness
  var random: SplitMix64
  /// Requests that their clients wait for.
  private(set) var owed: Set<[UInt64]> = []
  /// Payloads that the broker has.
  private(set) var held: Set<PayloadRef> = []
  /// Work that workers have and have not reported, newest last.
  private(set) var inHand: [Dispatch] = []
  private var nextRequest: UInt64 = 1
  private var nextResultPayload: UInt64 = 1_000_000
  private(set) var faults: [String] = []

  init(seed: UInt64) {
    self.random = SplitMix64(seed: seed)
    var limits = Limits()
    limits.queuedPerVersion = 12
    limits.requests = 40
    limits.outstandingPerClient = 15
    limits.workers = 5
    limits.heldBytes = 3_000
    limits.maxAttempts = Int.random(in: 1...4, using: &self.random)
    var timing = Timing()
    timing.batchLeaseMilliseconds = 400
    self.harness = BrokerHarness(versions: [("m", "1"), ("m", "2")], limits: limits, timing: timing)
  }

  private mutating func below(_ bound: Int) -> UInt64 { UInt64(Int.random(in: 0..<bound, using: &self.random)) }

  /// One random event, its actions booked.
  mutating func tell() {
    switch self.below(16) {
    case 0..<5: self.submit()
    case 5: self.cancel()
    case 6 where self.random.chance(oneIn: 3): self.clientVanishes()
    case 7: self.join()
    case 8: self.book(self.harness.ready(self.below(Self.peers), credit: 2, bulkCredit: UInt16(self.below(3))))
    case 9, 10: self.report()
    case 11: self.leave()
    case 12: self.book(self.harness.heartbeat(self.below(Self.peers)))
    case 13: self.passTime()
    case 14 where self.random.chance(oneIn: 4): self.changeRoute()
    default: self.book(self.harness.turn())
    }
  }

  /// Workers and time enough to answer everything.
  mutating func heal() {
    for peer in 0..<UInt64(Self.peers) { self.book(self.harness.lose(peer)) }
    self.inHand = []
    self.harness.advance(60_000)
    self.book(self.harness.turn())
  }

  // MARK: Events

  private mutating func submit() {
    let client = self.below(Self.clients)
    // Now and then a number that is outstanding already.
    let isRepeated = self.random.chance(oneIn: 10) && self.nextRequest > 1
    let request = isRepeated ? self.nextRequest - 1 : self.nextRequest
    self.nextRequest += isRepeated ? 0 : 1
    let targets: [Target] = [
      .version(VersionID(0)), .version(VersionID(1)), .model(ModelID(rawValue: 0)), .unknownModel,
      .unknownVersion(ModelID(rawValue: 0)),
    ]
    let timeouts: [Int64] = [RequestHeader.noTimeout, RequestHeader.noTimeout, 0, 1, 300_000, 20_000_000]
    let payload = PayloadRef(self.nextResultPayload)
    self.nextResultPayload += 1
    let submission = Submission(
      client: PeerID(client), request: RequestID(request), target: targets[Int(self.below(targets.count))],
      requestClass: RequestClass(rawValue: UInt8(self.below(4))) ?? .online, contentType: .json, parts: 1,
      timeoutMicroseconds: timeouts[Int(self.below(timeouts.count))], payload: payload,
      payloadBytes: Int(self.below(300)))
    self.held.insert(payload)
    // A number that its client waits for already is not owed twice.
    self.owed.insert([client, request])
    self.book(self.harness.step(.requestReceived(submission)))
  }

  private mutating func cancel() {
    let keys = self.owed.sorted { $0.lexicographicallyPrecedes($1) }
    // Now and then a request that has been answered already.
    let key = keys.randomElement(using: &self.random) ?? [0, self.below(9)]
    let request = self.random.chance(oneIn: 10) ? self.below(Int(self.nextRequest)) : key[1]
    self.book(self.harness.cancel(request, client: key[0]))
  }

  private mutating func clientVanishes() {
    let client = self.below(Self.clients)
    self.owed = self.owed.filter { $0[0] != client }
    self.book(self.harness.step(.clientUnreachable(PeerID(client))))
  }

  private mutating func join() {
    let peer = self.below(Self.peers)
    self.inHand.removeAll { $0.worker == peer }
    // Some may be silent for so long that they are stuck before.
    let (interval, liveness): (UInt32, UInt8) = self.random.chance(oneIn: 2) ? (1_000, 3) : (200, 15)
    self.book(
      self.harness.join(
        peer, version: UInt32(self.below(2)), heartbeatMilliseconds: interval, liveness: liveness))
  }

  private mutating func report() {
    guard !self.inHand.isEmpty else { return }
    let index = Int(self.below(self.inHand.count))
    let dispatch = self.inHand[index]
    // Now and then the same result comes again later, or from a worker that does not have it.
    if !self.random.chance(oneIn: 6) { self.inHand.remove(at: index) }
    let payload = PayloadRef(self.nextResultPayload)
    self.nextResultPayload += 1
    self.held.insert(payload)
    let liar = self.random.chance(oneIn: 10) ? self.below(Self.peers) : dispatch.worker
    let status: StatusCode = self.random.chance(oneIn: 5) ? .aborted : .ok
    self.book(self.harness.result(dispatch, status: status, payload: payload, from: liar))
  }

  private mutating func leave() {
    let peer = self.below(Self.peers)
    switch self.below(5) {
    case 0: self.book(self.harness.draining(peer))
    case 1:
      self.inHand.removeAll { $0.worker == peer }
      self.book(self.harness.goodbye(peer))
    case 2:
      self.inHand.removeAll { $0.worker == peer }
      self.book(self.harness.lose(peer))
    case 3:
      self.inHand.removeAll { $0.worker == peer }
      self.book(self.harness.step(.workerRejected(peer: PeerID(peer))))
    default: self.book(self.harness.step(.drainOrdered(self.harness.session(of: peer))))
    }
  }

  /// Version 2 gets copies, or answers beside version 1, or there is no route.
  private mutating func changeRoute() {
    var table = self.harness.broker.routeTable
    var settings = RouteSettings(variants: [RouteVariant(version: "1", weight: Weight(1))])
    switch self.below(3) {
    case 0: settings.variants.append(RouteVariant(version: "2", weight: Weight(1)))
    case 1: settings.shadows = [ShadowTarget(version: "2")]
    default: break
    }
    settings.hasFallback = self.random.chance(oneIn: 2)
    do throws(RouteError) {
      if table["m"].route != nil, self.random.chance(oneIn: 4) {
        try table.removeRoute(of: "m")
      } else {
        try table.setRoute(of: "m", to: settings)
      }
      try self.harness.broker.setRoutes(table, at: self.harness.now)
    } catch {
      self.faults.append("\(error)")
    }
  }

  private mutating func passTime() {
    self.harness.advance(self.random.chance(oneIn: 20) ? 6_000 : self.below(400))
    self.book(self.harness.turn())
  }

  // MARK: The ledger

  private mutating func book(_ actions: [Action]) {
    for action in actions {
      switch action {
      case .reply(let client, let reply, let payload):
        self.answer(client, reply.request)
        if payload != .none, !self.held.contains(payload) { self.faults.append("\(payload) is sent after its release") }
      case .refuse(let client, let request, _, _):
        self.answer(client, request)
      case .release(let payload):
        if self.held.remove(payload) == nil { self.faults.append("\(payload) is released twice") }
      case .dispatch(let worker, let header, let payload):
        if !self.held.contains(payload) { self.faults.append("\(payload) is handed out after its release") }
        self.inHand.append(Dispatch(worker: worker.rawValue, header: header, payload: payload))
      case .disconnect(let worker, _):
        self.inHand.removeAll { $0.worker == worker.rawValue }
      case .outcome(_, let payload):
        if payload != .none, !self.held.contains(payload) { self.faults.append("\(payload) is kept after its release") }
      case .cancelWork, .welcome, .heartbeat, .drain, .note, .forget:
        break
      }
    }
    self.compareCounts()
  }

  private mutating func answer(_ client: PeerID, _ request: RequestID) {
    if self.owed.remove([client.rawValue, request.rawValue]) == nil {
      self.faults.append("request \(request.rawValue) of client \(client.rawValue) is answered but not owed")
    }
  }

  private mutating func compareCounts() {
    let broker = self.harness.counters
    let refusals = StatusCode.allCases.reduce(into: UInt64(0)) { sum, status in
      sum += broker.refusalsByStatus[Int(status.rawValue)]
    }
    let views = self.harness.broker.workerViews(at: self.harness.now)
    let queued = (0..<2).reduce(0) { $0 + self.harness.view(UInt32($1)).queued.reduce(0, +) }
    let dispatched = (0..<2).reduce(0) { $0 + self.harness.view(UInt32($1)).dispatched }
    let outstanding = self.harness.broker.outstandingRequests
    let orphans = self.harness.broker.orphans
    let areAbsent = orphans.allSatisfy { self.harness.view($0.rawValue).absentMilliseconds != nil }
    for (isTrue, claim) in [
      (outstanding == self.owed.count, "the broker owes what clients wait for"),
      (self.harness.broker.payloadsHeld == UInt64(self.held.count), "payloads held"),
      (broker.accepted == broker.replied + broker.failed + broker.clientGone + UInt64(outstanding), "accepted"),
      (refusals == broker.refused + broker.failed, "refusals by code"),
      (broker.failed >= broker.expired + broker.cancelled + broker.poisoned, "failed"),
      (broker.workersJoined == broker.workersLeft + broker.workersLost + UInt64(views.count), "workers"),
      (queued + dispatched == self.harness.broker.occupiedSlots + self.harness.broker.copySlots, "slots"),
      (views.allSatisfy { $0.outstanding <= $0.credit && $0.bulkOutstanding <= $0.bulkCredit }, "credit"),
      (views.reduce(0) { $0 + $1.outstanding + $1.bulkOutstanding } == dispatched, "work in hand"),
      (self.harness.broker.hasBulkAtWorkers == views.contains { $0.bulkOutstanding > 0 }, "bulk work in hand"),
      (self.harness.broker.heldBytes <= 3_000 && self.harness.broker.occupiedSlots <= 40, "limits"),
      (views.count <= 5, "workers that may be members"),
      (areAbsent && Set(orphans).count == orphans.count, "versions without workers"),
    ] where !isTrue {
      self.faults.append("\(claim) does not add up")
    }
  }
}
