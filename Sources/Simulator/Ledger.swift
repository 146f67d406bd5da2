import QueueCore

/// A request as the broker's clients name it.
struct RequestKey: Hashable, BitwiseCopyable {
  var client: PeerID
  var request: RequestID
}

/// What a right broker would know: the facts, booked one after the other, without a thought about speed or order.
///
/// Properties are judged against the ledger as it was before the fact. The ledger refuses nothing: a fact that does not
/// fit is some property's to find, and is left out here.
struct Ledger {
  /// A request that was taken on and not yet answered.
  struct Entry {
    enum State: Hashable {
      /// No worker has it.
      case waiting
      /// A worker has it.
      case leased
      /// Its worker has reported; the answer must follow at once.
      case reported
    }

    var submission: Submission
    var work: WorkID
    var version: VersionID
    var arrival: UInt64
    var deadline: Instant
    var state = State.waiting
    var attempt: UInt8 = 0
    var losses = 0
    /// The last worker that had it.
    var holder: Lease?
    /// The epoch of its model's route when it was taken on; nil if nothing is known of that.
    var epoch: UInt32?
    /// The request whose payload it shares: its own work, or that of the request it is a copy of.
    var group: WorkID
    /// Which comparison a copy is made for; nil for requests of clients.
    var comparison: ComparisonID?

    var isCopy: Bool { self.comparison != nil }
  }

  /// A piece of work that a worker has.
  struct Lease {
    var work: WorkID
    var attempt: UInt8
    var peer: PeerID
    var session: SessionID
    var lane: Lane
    /// Whether it is a copy for a shadow version.
    var isCopy: Bool
    /// Whether it is bulk work that a worker died with before: then it takes all of the bulk credit.
    var isSuspect = false
    /// Whether nobody waits for it any more.
    var isAbandoned = false
    /// Whether the worker has been told.
    var isCalledOff = false
  }

  /// A worker between WELCOME and its end.
  struct Member {
    var peer: PeerID
    var session: SessionID
    var version: VersionID
    /// Milliseconds between its heartbeats, and how many of them may be missed.
    var heartbeat: UInt64
    var liveness: UInt64
    var lastHeard: Instant
    /// When it was last given bulk work while it had none, reported a result, or told of other progress than before.
    var lastMoved = Instant.zero
    var progress: UInt64 = 0
    /// The broker has said that it does not get on.
    var isStuck = false
    var readies = 0
    var isDraining = false
    var credit = [0, 0]
    var leased = [0, 0]

    /// How long it may be silent, in milliseconds.
    var patience: UInt64 { self.heartbeat * self.liveness }
  }

  private(set) var limits = Limits()
  private(set) var timing = Timing()
  private(set) var entries: [RequestKey: Entry] = [:]
  private(set) var keys: [WorkID: RequestKey] = [:]
  private(set) var leases: [WorkID: Lease] = [:]
  private(set) var members: [PeerID: Member] = [:]
  private(set) var makers: [PeerID: UInt32] = [:]
  private(set) var heldBytes = 0
  /// The routes in force.
  private(set) var routings: [ModelID: Routing] = [:]
  private(set) var isShuttingDown = false
  /// How often the member that ended last had said READY.
  private(set) var endedReadies = 0
  /// The member that ended last, if the broker had said that it does not get on.
  private(set) var endedAsStuck: PeerID?
  /// What the broker was told last.
  private(set) var lastEvent = Event.turnEnded
  /// The request it was told of, until it is accepted or refused.
  private(set) var arriving: Submission?
  /// The request whose worker has just reported, until it is answered.
  private(set) var reported: RequestKey?
  private(set) var waitingLists: [WaitingList] = []
  private(set) var outstanding: [PeerID: Int] = [:]
  private(set) var peers: [SessionID: PeerID] = [:]
  private var joining: Member?
  /// Who needs each payload: its request and the copies of that.
  private var holders: [WorkID: Int] = [:]
  private(set) var copies: [ComparisonID: RequestKey] = [:]
  private var arrivals: UInt64 = 0

  // MARK: Entries in the ledger

  mutating func book(_ fact: Fact) {
    switch fact {
    case .brokerStarted(let limits, let timing):
      self = Ledger()
      self.limits = limits
      self.timing = timing
    case .met(let peer, let maker):
      self.makers[peer] = maker
    case .told(let event, let now):
      self.lastEvent = event
      self.book(event, at: now)
    case .asked(let action, let now, _):
      self.book(action, at: now)
    case .accepted(let work, let version, let now):
      self.accept(work, version, at: now)
    case .copied(let copied, let now):
      self.copy(copied, at: now)
    case .routesSet(let routings):
      self.routings = routings
    case .stepped:
      self.arriving = nil
      self.reported = nil
      self.joining = nil
    case .slept, .granted, .workArrived, .workAnswered, .membershipEnded, .submitted, .ended, .clientGone,
      .payloadMisused:
      break
    }
  }

  private mutating func book(_ event: Event, at now: Instant) {
    switch event {
    case .requestReceived(let submission):
      let key = RequestKey(client: submission.client, request: submission.request)
      self.arriving = self.entries[key] == nil ? submission : nil
    case .clientUnreachable(let client):
      for key in self.entries.keys.filter({ $0.client == client }) { self.close(key) }
    case .workerJoined(let peer, let version, let interval, let liveness):
      self.joining = Member(
        peer: peer, session: SessionID(0), version: version, heartbeat: UInt64(interval), liveness: UInt64(liveness),
        lastHeard: now)
    case .workerReady(let peer, let session, let credit, let bulkCredit):
      self.hear(peer, session, at: now) { member in
        member.readies += 1
        member.credit = [Int(credit), Int(bulkCredit)]
      }
    case .resultReceived(let peer, let result, _):
      self.hear(peer, result.session, at: now) { _ in }
      self.report(result, from: peer, at: now)
    case .heartbeatReceived(let peer, let session, let progress):
      self.hear(peer, session, at: now) { member in
        guard let progress, progress != member.progress else { return }
        member.progress = progress
        member.lastMoved = now
      }
    case .goodbyeReceived(let peer, let session):
      self.hear(peer, session, at: now) { _ in }
    case .drainingReceived(let peer, let session):
      self.hear(peer, session, at: now) { $0.isDraining = true }
    case .drainOrdered(let session):
      if let peer = self.peers[session] { self.members[peer]?.isDraining = true }
    case .shutdownOrdered:
      self.isShuttingDown = true
    case .cancelReceived, .workerUnreachable, .workerMisbehaved, .workerRejected, .turnEnded:
      break
    }
  }

  private mutating func book(_ action: Action, at now: Instant) {
    switch action {
    case .welcome(let peer, let session):
      guard var member = self.joining else { return }
      member.session = session
      self.members[peer] = member
      self.peers[session] = peer
    case .refuse(let client, let request, _, _):
      self.answer(RequestKey(client: client, request: request))
    case .reply(let client, let reply, _):
      self.answer(RequestKey(client: client, request: reply.request))
    case .dispatch(let peer, let work, _):
      self.lease(work, to: peer, at: now)
    case .note(.stuck(let session)):
      if let peer = self.peers[session] { self.members[peer]?.isStuck = true }
    case .note(.lost(let session, _)), .note(.left(let session)):
      self.end(session)
    case .cancelWork(_, let work, _):
      self.leases[work]?.isCalledOff = true
    case .outcome(let outcome, _):
      if outcome.side == .shadow { self.closeCopy(outcome.comparison) }
    case .forget(let comparison):
      self.closeCopy(comparison)
    case .release, .heartbeat, .drain, .disconnect, .note:
      break
    }
  }

  private mutating func hear(
    _ peer: PeerID, _ session: SessionID, at now: Instant, _ change: (inout Member) -> Void
  ) {
    guard var member = self.members[peer], member.session == session else { return }
    member.lastHeard = now
    change(&member)
    self.members[peer] = member
  }

  // MARK: Requests

  private mutating func accept(_ work: WorkID, _ version: VersionID, at now: Instant) {
    guard let submission = self.arriving else { return }
    self.arriving = nil
    self.arrivals += 1
    let deadline =
      submission.timeoutMicroseconds < 0
      ? Instant.distantFuture : now.advanced(byMicroseconds: UInt64(submission.timeoutMicroseconds))
    let key = RequestKey(client: submission.client, request: submission.request)
    let entry = Entry(
      submission: submission, work: work, version: version, arrival: self.arrivals, deadline: deadline,
      epoch: self.epoch(of: submission.target, version), group: work)
    self.entries[key] = entry
    self.keys[work] = key
    self.outstanding[submission.client, default: 0] += 1
    self.holders[work] = 1
    self.heldBytes += submission.payloadBytes
    self.line(entry) { $0.insert(entry) }
  }

  private func epoch(of target: Target, _ version: VersionID) -> UInt32? {
    if case .model(let model) = target { return self.routings[model]?.epoch ?? 0 }
    return self.routings.values.first { $0.ids.values.contains(version) }?.epoch
  }

  /// A copy is booked like a request of a client that nobody has.
  private mutating func copy(_ copied: Copied, at now: Instant) {
    guard let primary = self.entry(copied.primary) else { return }
    self.arrivals += 1
    let key = RequestKey(client: PeerID(.max), request: RequestID(copied.copy.rawValue))
    var submission = primary.submission
    submission.client = key.client
    submission.request = key.request
    submission.requestClass = .shadow
    submission.target = .version(copied.version)
    let entry = Entry(
      submission: submission, work: copied.copy, version: copied.version, arrival: self.arrivals,
      deadline: now.advanced(byMilliseconds: ShadowPolicy.timeoutMilliseconds), group: copied.primary,
      comparison: copied.comparison)
    self.entries[key] = entry
    self.keys[copied.copy] = key
    self.copies[copied.comparison] = key
    self.holders[copied.primary, default: 0] += 1
    self.line(entry) { $0.insert(entry) }
  }

  private mutating func closeCopy(_ comparison: ComparisonID) {
    if let key = self.copies.removeValue(forKey: comparison) { self.close(key) }
  }

  private mutating func lease(_ work: WorkHeader, to peer: PeerID, at now: Instant) {
    guard let key = self.keys[work.work], var entry = self.entries[key], let member = self.members[peer] else {
      return
    }
    let lane = entry.submission.requestClass.lane
    let lease = Lease(
      work: work.work, attempt: work.attempt, peer: peer, session: member.session, lane: lane, isCopy: entry.isCopy)
    self.line(entry) { $0.serve(entry) }
    entry.state = .leased
    entry.attempt = work.attempt
    entry.holder = lease
    self.entries[key] = entry
    self.leases[work.work] = lease
    self.leases[work.work]?.isSuspect = lane == .bulk && entry.losses > 0
    if lane == .bulk, member.leased[1] == 0 { self.members[peer]?.lastMoved = now }
    self.members[peer]?.leased[Int(lane.rawValue)] += 1
  }

  private mutating func report(_ result: ResultHeader, from peer: PeerID, at now: Instant) {
    guard let lease = self.leases[result.work], lease.peer == peer, lease.session == result.session,
      lease.attempt == result.attempt
    else { return }
    self.leases[result.work] = nil
    self.members[peer]?.leased[Int(lease.lane.rawValue)] -= 1
    self.members[peer]?.lastMoved = now
    guard !lease.isAbandoned, let key = self.keys[result.work], var entry = self.entries[key] else { return }
    if result.status == .aborted, result.attempt < Broker.maximumHandOuts {
      entry.state = .waiting
      self.line(entry) { $0.insert(entry) }
    } else {
      entry.state = .reported
      self.reported = key
    }
    self.entries[key] = entry
  }

  private mutating func answer(_ key: RequestKey) {
    if let arriving = self.arriving, arriving.client == key.client, arriving.request == key.request {
      self.arriving = nil
    } else {
      self.close(key)
    }
  }

  private mutating func close(_ key: RequestKey) {
    guard let entry = self.entries.removeValue(forKey: key) else { return }
    self.keys[entry.work] = nil
    let holders = (self.holders[entry.group] ?? 1) - 1
    self.holders[entry.group] = holders == 0 ? nil : holders
    if holders == 0 { self.heldBytes -= entry.submission.payloadBytes }
    self.outstanding[key.client, default: 0] -= 1
    if self.reported == key { self.reported = nil }
    switch entry.state {
    case .waiting: self.line(entry) { $0.remove(entry) }
    case .leased: self.leases[entry.work]?.isAbandoned = true
    case .reported: break
    }
  }

  // MARK: Workers

  private mutating func end(_ session: SessionID) {
    guard let peer = self.peers.removeValue(forKey: session) else { return }
    let member = self.members.removeValue(forKey: peer)
    self.endedReadies = member?.readies ?? 0
    self.endedAsStuck = member?.isStuck == true ? peer : nil
    var isLoss = true
    if case .goodbyeReceived = self.lastEvent { isLoss = false }
    for lease in self.leases.values.filter({ $0.session == session }) {
      self.leases[lease.work] = nil
      guard !lease.isAbandoned, let key = self.keys[lease.work], var entry = self.entries[key] else { continue }
      entry.state = .waiting
      if isLoss { entry.losses += 1 }
      self.entries[key] = entry
      self.line(entry) { $0.insert(entry) }
    }
  }

  // MARK: Waiting lists

  static func index(_ version: VersionID, _ requestClass: RequestClass) -> Int {
    Int(version.rawValue) * RequestClass.allCases.count + Int(requestClass.rawValue)
  }

  private mutating func line(_ entry: Entry, _ change: (inout WaitingList) -> Void) {
    let index = Self.index(entry.version, entry.submission.requestClass)
    while self.waitingLists.count <= index { self.waitingLists.append(WaitingList()) }
    change(&self.waitingLists[index])
  }
}
