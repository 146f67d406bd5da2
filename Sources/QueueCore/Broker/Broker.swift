public import BasicContainers

/// The broker as a state machine: every table and every decision, and nothing else.
///
/// Its driver turns messages into events, passes each to ``step(_:at:into:)`` with a reading of the clock, ends every
/// turn with ``Event/turnEnded``, and performs the actions in order. It is never told bytes, names of clients, or
/// what a payload holds; it never waits, reads a clock or draws a random number.
///
/// | a request is | on | becomes |
/// |---|---|---|
/// | – | `requestReceived` within the limits | queued |
/// | queued | `turnEnded`, a worker has credit | dispatched |
/// | queued | deadline, cancel, client gone, no worker for too long, none that takes its class | answered |
/// | dispatched | `resultReceived` from its worker, for its attempt | answered |
/// | dispatched | deadline, cancel, client gone | answered, and abandoned until its worker reports |
/// | dispatched | its worker is lost or stuck | queued before its class, or answered after too many deaths |
///
/// Exactly one `.reply` or `.refuse` for each request, unless its client has gone; exactly one `.release` for each
/// payload that came in with an event.
///
/// A request of a route with shadow targets may have copies, which no client waits for. A copy lives like a request of
/// its own, shares the payload, and ends in one `.outcome`, or in one `.forget` if there is nothing to compare it with.
public struct Broker: ~Copyable {
  /// The actions of one turn, in order.
  public typealias Actions = UniqueArray<Action>

  /// What is refused.
  public let limits: Limits
  /// The broker's own times.
  public let timing: Timing
  /// The names of models and versions.
  public var catalog: Catalog
  /// What has happened so far.
  public internal(set) var counters = Counters()
  /// How the requests of each version ended, and how long they took.
  public internal(set) var figures: [VersionFigures] = []
  /// The routes and aliases in force.
  public internal(set) var routeTable = RouteTable()

  /// Routes by model; models at the end may be missing.
  var routes: [ModelRoute] = []
  /// Requests that are copied, with their copies.
  var shadowGroups = ShadowGroups()
  var requests: RequestTable
  var workers = WorkerTable()
  var queues = UniqueArray<VersionQueue>()
  /// Versions that something may be dispatched for, without order or doubles.
  var dirty = UniqueArray<VersionID>()
  /// Versions that requests wait for and that have no members, or only such as drain.
  var orphans: [VersionID] = []
  /// Bulk requests that workers have.
  var bulkAtWorkers = 0
  var arrivals: UInt64 = 0
  var nextSession: UInt32
  var isShuttingDown = false

  /// Makes a broker without members.
  ///
  /// - Parameters:
  ///   - catalog: versions known from before; requests for them are held for a while when no worker is there yet.
  ///   - firstSession: differs from start to start, so that sessions of an earlier broker are recognised as stale; also
  ///     seeds the table of requests, whose names clients choose.
  public init(limits: Limits, timing: Timing, catalog: Catalog, firstSession: UInt32, at now: Instant) {
    self.limits = limits
    self.timing = timing
    self.catalog = catalog
    self.nextSession = firstSession
    self.requests = RequestTable(seed: UInt64(firstSession))
    self.growQueues(at: now)
  }

  /// Takes one event in and appends what is to be done.
  public mutating func step(_ event: Event, at now: Instant, into actions: inout Actions) {
    switch event {
    case .requestReceived(let submission):
      self.requestReceived(submission, at: now, into: &actions)
    case .cancelReceived(let client, let request):
      self.cancelReceived(client: client, request: request, at: now, into: &actions)
    case .clientUnreachable(let client):
      self.clientUnreachable(client, at: now, into: &actions)
    case .workerJoined(let peer, let version, let heartbeatMilliseconds, let liveness):
      let judged = WorkerLiveness(heartbeatMilliseconds: heartbeatMilliseconds, liveness: liveness, at: now)
      let lease = BatchLease(
        leaseMilliseconds: self.timing.batchLeaseMilliseconds, heartbeatMilliseconds: heartbeatMilliseconds)
      self.workerJoined(peer, version: version, liveness: judged, lease: lease, at: now, into: &actions)
    case .workerReady(let peer, let session, let credit, let bulkCredit):
      self.workerReady(peer, session, credit: Int(credit), bulkCredit: Int(bulkCredit), at: now, into: &actions)
    case .resultReceived(let peer, let result, let payload):
      self.resultReceived(peer, result, payload: payload, at: now, into: &actions)
    case .heartbeatReceived(let peer, let session, let progress):
      self.heartbeatReceived(peer, session, progress: progress, at: now, into: &actions)
    case .drainingReceived(let peer, let session):
      self.drainingReceived(peer, session, at: now, into: &actions)
    case .goodbyeReceived(let peer, let session):
      self.goodbyeReceived(peer, session, at: now, into: &actions)
    case .workerUnreachable(let peer):
      self.workerUnreachable(peer, at: now, into: &actions)
    case .workerMisbehaved(let peer):
      self.workerMisbehaved(peer, at: now, into: &actions)
    case .workerRejected(let peer):
      self.workerRejected(peer, at: now, into: &actions)
    case .drainOrdered(let session):
      self.drainOrdered(session, at: now, into: &actions)
    case .shutdownOrdered:
      self.isShuttingDown = true
    case .turnEnded:
      self.timePassed(at: now, into: &actions)
      self.dispatchAll(at: now, into: &actions)
    }
  }

  /// When ``Event/turnEnded`` is next due if nothing else happens.
  public var nextDeadline: Instant {
    // Performing a turn may have shown a worker to be gone: its work can go to others at once.
    if !self.dirty.isEmpty { return .zero }
    var next = Instant.distantFuture
    if let first = self.requests.deadlines.first { next = min(next, Instant(nanoseconds: first.major)) }
    if let first = self.workers.timers.first { next = min(next, Instant(nanoseconds: first.major)) }
    for version in self.orphans {
      guard let since = self.queues[version.index].absentSince else { continue }
      next = min(next, since.advanced(byMilliseconds: self.timing.orphanGraceMilliseconds))
    }
    return next
  }

  /// Whether a shutdown was ordered and no client waits for an answer any more.
  public var isDrained: Bool { self.isShuttingDown && self.requests.outstanding == 0 }

  /// Requests whose clients wait for an answer.
  public var outstandingRequests: Int { self.requests.outstanding }

  /// Whether this client waits for an answer.
  public func hasOutstanding(_ client: PeerID) -> Bool { self.requests.outstanding(of: client) > 0 }

  /// Makes the id of a version that a worker joins with or the store remembers. Throws ``VersionError`` if that cannot
  /// be.
  public mutating func internVersion(
    model: String, version: String, at now: Instant
  ) throws(VersionError) -> VersionID {
    if let known = self.catalog.version(model: model, version: version) { return known }
    guard self.catalog.versionCount < self.limits.versions else { throw .tooMany(limit: self.limits.versions) }
    guard !self.catalog.hasAlias(model: model, alias: version) else {
      throw .isAlias(model: model, version: version)
    }
    guard let id = self.catalog.intern(model: model, version: version) else { throw .invalidName }
    self.growQueues(at: now)
    return id
  }

  mutating func growQueues(at now: Instant) {
    while self.queues.count < self.catalog.versionCount {
      self.queues.append(VersionQueue(absentSince: now))
      self.figures.append(VersionFigures())
    }
  }

  mutating func markDirty(_ version: VersionID) {
    guard !self.queues[version.index].isDirty else { return }
    self.queues[version.index].isDirty = true
    self.dirty.append(version)
  }

  mutating func release(_ payload: PayloadRef, into actions: inout Actions) {
    guard payload != .none else { return }
    self.counters.payloadsReleased += 1
    actions.append(.release(payload))
  }
}
