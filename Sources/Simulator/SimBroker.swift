import BasicContainers
import QueueCore

/// One life of the broker: the real core, driven the way the real loop drives it.
///
/// A turn: take in what has come, up to a bound, end the turn, do what the core asks for. A request's path is this
/// file, `SimBroker+Receive`, the core, `SimBroker+Perform`.
struct SimBroker: ~Copyable {
  /// Counts the lives.
  let life: UInt32
  /// Told in every PONG, so that clients notice a new life.
  let instance: UInt64
  var core: Broker
  var clock: Clock
  var mutator: Mutator
  var actions = Broker.Actions()
  var store = PayloadStore()
  var answers: [Answer] = []
  /// Units that go to one destination and have not been sent.
  var outgoing: (destination: Destination, message: Message)?
  var directory: [SessionID: DirectoryEntry] = [:]
  /// It stands still until then.
  var frozenUntil: UInt64 = 0
  /// It takes no requests any more and goes when it is drained.
  var isStopping = false
  private(set) var isDown = false

  private var inboxes: [[Network.Packet]] = [[], []]
  private var peers: [Int32: PeerID] = [:]
  private var clientConnections: [Int32] = []
  private var workerConnections: [Int32] = []

  /// A client's or worker's end of a connection.
  enum Destination: Hashable {
    case client(PeerID)
    case worker(PeerID)
  }

  /// Something to send that is no matter of the core.
  enum Answer {
    case pong(PeerID, nonce: UInt64)
    case failure(PeerID, RequestID, StatusCode, ErrorDetail)
    case refuseWorker(PeerID, DisconnectHeader)
  }

  /// What is known of a worker beyond what the core decides by.
  struct DirectoryEntry {
    var join: JoinHeader
    var origin: [UInt8]?
  }

  /// A broker's process starts. `catalog` is what it knows from an earlier life.
  init(life: UInt32, catalog: Catalog, clock: Clock, mutation: Mutation?, in stage: inout Stage) {
    self.life = life
    self.clock = clock
    self.instance = stage.random.next() | 1
    self.mutator = Mutator(mutation, seed: stage.random.next())
    // Sessions come near their greatest number now and then.
    let firstSession = stage.random.percent(5) ? UInt32.max - 3 : UInt32(truncatingIfNeeded: stage.random.next())
    self.core = Broker(
      limits: self.mutator.limits(stage.options.limits), timing: self.mutator.timing(stage.options.timing),
      catalog: catalog, firstSession: firstSession, at: clock.reading(at: stage.now))
    stage.totals.brokers += 1
    stage.say("broker: life \(life), first session \(firstSession)")
    stage.observe(.brokerStarted(stage.options.limits, stage.options.timing))
  }

  // MARK: What the world tells

  /// A message has arrived at the broker's host.
  mutating func arrived(_ packet: Network.Packet, in stage: inout Stage) {
    self.inboxes[stage.network[packet.connection].owner.isClient ? 0 : 1].append(packet)
    self.wake(for: self.clock.reading(at: stage.now), in: &stage)
  }

  /// The poll returns.
  mutating func turn(in stage: inout Stage) {
    guard !self.isDown, self.clock.woke(at: stage.now) else { return }
    guard stage.now >= self.frozenUntil else {
      return self.wake(for: self.clock.reading(at: self.frozenUntil), in: &stage)
    }
    stage.totals.turns += 1
    // Results first: they free credit for what the clients send.
    for side in [1, 0] {
      let taken = self.inboxes[side].prefix(stage.options.brokerBurst)
      self.inboxes[side].removeFirst(taken.count)
      for packet in taken { self.receive(packet, in: &stage) }
    }
    self.step(.turnEnded, in: &stage)
    self.perform(in: &stage)
    if self.isStopping, self.core.isDrained { return self.stop(in: &stage) }
    stage.observe(.slept(self.mutator.looked(self.look(at: stage.now))))
    let isBusy = self.inboxes.contains { !$0.isEmpty }
    self.wake(for: isBusy ? self.clock.reading(at: stage.now) : self.core.nextDeadline, in: &stage)
  }

  /// Somebody orders something.
  mutating func order(_ event: Event, in stage: inout Stage) {
    self.step(event, in: &stage)
    self.wake(for: self.clock.reading(at: stage.now), in: &stage)
  }

  /// The process ends in good order: workers are told to come back.
  mutating func stop(in stage: inout Stage) {
    guard !self.isDown else { return }
    for view in self.core.workerViews(at: self.clock.reading(at: stage.now)) {
      self.actions.append(.disconnect(worker: view.peer, reason: .brokerStopping))
    }
    self.perform(in: &stage)
    self.isDown = true
    stage.say("broker: stopped")
  }

  /// The process dies.
  mutating func crash(in stage: inout Stage) {
    self.isDown = true
    stage.say("broker: crashed")
  }

  mutating func wake(for deadline: Instant, in stage: inout Stage) {
    guard !self.isDown, let due = self.clock.waking(for: deadline, at: max(stage.now, self.frozenUntil)) else {
      return
    }
    stage.agenda.add(.brokerTurn(life: self.life), at: due)
  }

  // MARK: Stepping

  /// Tells the core of an event and shows the properties what comes of it.
  mutating func step(_ event: Event, in stage: inout Stage) {
    let now = self.clock.reading(at: stage.now)
    stage.observe(.told(event, at: now))
    let earlier = self.actions.count
    if let heard = self.mutator.heard(event) { self.core.step(heard, at: now, into: &self.actions) }
    if self.mutator.mutation != nil { self.mutate(from: earlier) }
    for index in earlier..<self.actions.count { self.show(self.actions[index], at: now, in: &stage) }
    if case .requestReceived(let submission) = event, stage.checks.ledger.arriving != nil,
      let accepted = self.core.accepted(client: submission.client, request: submission.request)
    {
      self.mutator.accepted(accepted.work, submission)
      if case .model(let model) = submission.target, stage.checks.ledger.routings[model]?.route != nil {
        stage.totals.routed += 1
      }
      stage.observe(.accepted(accepted.work, accepted.version, at: now))
      for copy in self.core.copies(of: accepted.work) {
        stage.totals.copies += 1
        stage.observe(
          .copied(
            Copied(
              primary: accepted.work, copy: copy.work, version: copy.version, comparison: copy.comparison), at: now))
      }
    }
    stage.observe(.stepped)
  }

  private mutating func mutate(from earlier: Int) {
    var own: [Action] = []
    while self.actions.count > earlier { own.append(self.actions.removeLast()) }
    var sessions: [PeerID: SessionID] = [:]
    for case .dispatch(let peer, _, _) in own { sessions[peer] = self.core.session(of: peer) }
    for action in self.mutator.asked(own.reversed(), session: { sessions[$0] }) { self.actions.append(action) }
  }

  private func show(_ action: Action, at now: Instant, in stage: inout Stage) {
    var stamp: Stamp?
    switch action {
    case .reply(_, _, let payload), .outcome(_, let payload):
      stamp = self.store.parts(of: payload).flatMap { Stamp($0) }
    case .dispatch(_, let work, _):
      stage.gossip(about: work)
      stage.totals.dispatches += 1
      if work.attempt > 1 { stage.totals.retries += 1 }
    case .note(let note):
      if case .stuck = note { stage.totals.stuck += 1 }
      stage.say("broker: \(note)")
    default: break
    }
    stage.observe(.asked(action, at: now, stamp: stamp))
  }

  private func look(at time: UInt64) -> BrokerLook {
    let now = self.clock.reading(at: time)
    return BrokerLook(
      now: now, nextDeadline: self.core.nextDeadline, outstanding: self.core.outstandingRequests,
      occupied: self.core.occupiedSlots, copies: self.core.copySlots, payloadsHeld: Int(self.core.payloadsHeld),
      heldBytes: self.core.heldBytes,
      versions: (0..<self.core.catalog.versionCount).map { self.core.view(of: VersionID(UInt32($0)), at: now) },
      workers: self.core.workerViews(at: now), counters: self.core.counters)
  }

  // MARK: Routes

  /// Gives the core a table of routes. Throws if it does not take it.
  mutating func setRoutes(_ table: RouteTable, in stage: inout Stage) throws(RouteError) {
    try self.core.setRoutes(self.mutator.routes(table), at: self.clock.reading(at: stage.now))
    var routings: [ModelID: Routing] = [:]
    for name in table.models {
      guard let model = self.core.catalog.model(named: name) else { continue }
      let entry = table[name]
      var ids: [String: VersionID] = [:]
      for version in self.core.catalog.versions(of: model) {
        ids[self.core.catalog.names(of: version).version] = version
      }
      routings[model] = Routing(model: name, epoch: entry.epoch, route: entry.route, ids: ids)
      stage.say("broker: \(name) epoch \(entry.epoch): \(entry.route?.description ?? "no route")")
    }
    stage.totals.routeChanges += 1
    stage.observe(.routesSet(routings))
    self.wake(for: self.core.nextDeadline, in: &stage)
  }

  // MARK: Connections

  /// The number that the core knows a connection by. Clients and workers are numbered apart.
  mutating func peer(_ connection: Int32, in stage: inout Stage) -> PeerID {
    if let known = self.peers[connection] { return known }
    let peer: PeerID
    if stage.network[connection].owner.isClient {
      peer = PeerID(UInt64(self.clientConnections.count))
      self.clientConnections.append(connection)
    } else {
      peer = PeerID(UInt64(self.workerConnections.count))
      self.workerConnections.append(connection)
      stage.observe(.met(peer, maker: stage.network[connection].maker))
    }
    self.peers[connection] = peer
    return peer
  }

  func connection(_ destination: Destination) -> Int32 {
    switch destination {
    case .client(let peer): self.clientConnections[Int(peer.rawValue)]
    case .worker(let peer): self.workerConnections[Int(peer.rawValue)]
    }
  }
}
