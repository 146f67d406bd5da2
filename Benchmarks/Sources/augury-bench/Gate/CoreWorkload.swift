import BasicContainers
import QueueCore

/// The broker's decisions, without sockets: eight requests of four clients come in one turn, go to workers, and their
/// results come in the next.
final class CoreWorkload: GateWorkload {
  let unitsPerPass = CoreDriver.requestsPerPass
  private var driver: CoreDriver

  init(_ kind: CoreDriver.Kind) throws {
    self.driver = CoreDriver(kind)
    try self.driver.prepare()
  }

  func pass() throws -> UInt64 { try self.driver.pass() }
}

/// The core in the hands of one who costs as little as can be: a structure, so that accesses are not checked at run
/// time, and sessions in an array.
struct CoreDriver: ~Copyable {
  enum Kind {
    /// Online requests that name their version.
    case version
    /// Online requests by a route of 90 to 10, with a routing key.
    case route
    /// Online requests by a route, each with a copy for another version.
    case shadow
    /// Batch requests that name their version.
    case batch
    /// Requests for a version whose queue is full.
    case refusal
  }

  private static let model = "digits"
  private static let firstWorker: UInt64 = 100
  static let requestsPerPass = 8

  private let kind: Kind
  private var version = VersionID(0)
  private var routed = Target.unknownModel
  private var core: Broker
  private var actions = Broker.Actions()
  private var now = Instant(nanoseconds: 1_000_000_000)
  private var nextRequest: UInt64 = 0
  private var nextPayload: UInt64 = 0
  /// By worker.
  private var sessions: [SessionID] = []
  private var given: [(worker: PeerID, work: WorkHeader)] = []

  init(_ kind: Kind) {
    var limits = Limits()
    if kind == .refusal { limits.queuedPerVersion = 0 }
    self.kind = kind
    self.core = Broker(limits: limits, timing: Timing(), catalog: Catalog(), firstSession: 1, at: self.now)
  }

  /// Makes two versions with two workers each, and the routes.
  mutating func prepare() throws {
    self.version = try self.core.internVersion(model: Self.model, version: "1", at: self.now)
    let second = try self.core.internVersion(model: Self.model, version: "2", at: self.now)
    guard let model = self.core.catalog.model(named: Self.model) else { throw BenchError("a model is not known") }
    self.routed = .model(model)
    var routes = RouteTable()
    switch self.kind {
    case .route:
      let variants = [
        RouteVariant(version: "1", weight: Weight(90)), RouteVariant(version: "2", weight: Weight(10)),
      ]
      try routes.setRoute(of: Self.model, to: RouteSettings(variants: variants, isSticky: true))
    case .shadow:
      let variants = [RouteVariant(version: "1", weight: Weight(100))]
      try routes.setRoute(
        of: Self.model, to: RouteSettings(variants: variants, shadows: [ShadowTarget(version: "2")]))
    case .version, .batch, .refusal:
      break
    }
    try self.core.setRoutes(routes, at: self.now)
    for (index, version) in [self.version, self.version, second, second].enumerated() {
      try self.addWorker(PeerID(Self.firstWorker + UInt64(index)), of: version)
    }
  }

  private mutating func addWorker(_ peer: PeerID, of version: VersionID) throws {
    self.step(.workerJoined(peer: peer, version: version, heartbeatMilliseconds: 1000, liveness: 255))
    guard let session = self.core.session(of: peer) else { throw BenchError("a worker was not taken") }
    self.sessions.append(session)
    self.step(.workerReady(peer: peer, session: session, credit: 128, bulkCredit: 128))
    self.step(.turnEnded)
    self.actions.removeAll(keepingCapacity: true)
  }

  private mutating func step(_ event: Event) { self.core.step(event, at: self.now, into: &self.actions) }

  mutating func pass() throws -> UInt64 {
    for index in 0..<Self.requestsPerPass { self.submit(index) }
    self.step(.turnEnded)
    var checksum: UInt64 = 0
    var refused = 0
    self.given.removeAll(keepingCapacity: true)
    for index in 0..<self.actions.count {
      switch self.actions[index] {
      case .dispatch(let worker, let work, _): self.given.append((worker, work))
      case .refuse: refused += 1
      default: break
      }
    }
    self.endTurn()
    for (worker, work) in self.given {
      self.nextPayload += 1
      let result = ResultHeader(
        work: work.work, session: self.sessions[Int(worker.rawValue - Self.firstWorker)], attempt: work.attempt,
        status: .ok, contentType: .json, parts: 1, queueMicroseconds: 1, computeMicroseconds: 2)
      self.step(.resultReceived(peer: worker, result: result, payload: PayloadRef(self.nextPayload)))
    }
    self.step(.turnEnded)
    var replied = 0
    for index in 0..<self.actions.count {
      guard case .reply(_, let reply, _) = self.actions[index] else { continue }
      checksum &+= reply.number
      replied += 1
    }
    self.endTurn()
    guard self.kind == .refusal ? refused == Self.requestsPerPass : replied == Self.requestsPerPass else {
      throw BenchError("of \(Self.requestsPerPass) requests \(replied) were answered and \(refused) refused")
    }
    return checksum &+ UInt64(refused)
  }

  private mutating func submit(_ index: Int) {
    self.nextRequest += 1
    self.nextPayload += 1
    let isRouted = self.kind == .route || self.kind == .shadow
    self.step(
      .requestReceived(
        Submission(
          client: PeerID(UInt64(index % 4)), request: RequestID(self.nextRequest),
          target: isRouted ? self.routed : .version(self.version),
          requestClass: self.kind == .batch ? .batch : .online, contentType: .json, parts: 1,
          timeoutMicroseconds: self.kind == .batch ? RequestHeader.noTimeout : 1_000_000,
          payload: PayloadRef(self.nextPayload), payloadBytes: 256,
          routingKey: self.kind == .route ? RoutingKey(number: self.nextRequest) : nil)))
  }

  private mutating func endTurn() {
    self.actions.removeAll(keepingCapacity: true)
    self.now = self.now.advanced(byMicroseconds: 50)
  }
}
