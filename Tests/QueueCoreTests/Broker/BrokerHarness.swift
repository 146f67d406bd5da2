import BasicContainers

@testable import QueueCore

/// A broker, its clock and the actions of the last event: what its driver is, without sockets.
///
/// Requests are told apart by their payloads: request 7 of client 1 has payload 1007.
struct BrokerHarness: ~Copyable {
  var broker: Broker
  var now = Instant(nanoseconds: 1_000_000_000)
  private var buffer = Broker.Actions()

  /// A broker that knows these versions, the first of which is `VersionID(0)`; sessions begin at 100.
  init(
    versions: [(model: String, version: String)] = [("digits", "1")], limits: Limits = Limits(),
    timing: Timing = Timing(), firstSession: UInt32 = 100
  ) {
    var catalog = Catalog()
    for (model, version) in versions { _ = catalog.intern(model: model, version: version) }
    self.broker = Broker(
      limits: limits, timing: timing, catalog: catalog, firstSession: firstSession, at: self.now)
  }

  // MARK: Events

  /// What this event alone makes the broker do.
  mutating func step(_ event: Event) -> [Action] {
    self.broker.step(event, at: self.now, into: &self.buffer)
    var actions: [Action] = []
    for index in self.buffer.indices { actions.append(self.buffer[index]) }
    self.buffer.removeAll(keepingCapacity: true)
    return actions
  }

  mutating func turn() -> [Action] { self.step(.turnEnded) }

  /// Lets time pass, then ends a turn.
  mutating func turn(afterMilliseconds milliseconds: UInt64) -> [Action] {
    self.advance(milliseconds)
    return self.turn()
  }

  mutating func advance(_ milliseconds: UInt64) {
    self.now = self.now.advanced(byMilliseconds: milliseconds)
  }

  // MARK: Clients

  mutating func submit(
    _ request: UInt64, client: UInt64 = 1, target: Target = .version(VersionID(0)),
    _ requestClass: RequestClass = .online, timeoutMicroseconds: Int64 = RequestHeader.noTimeout,
    payloadBytes: Int = 100, key: String? = nil
  ) -> [Action] {
    self.step(
      .requestReceived(
        Submission(
          client: PeerID(client), request: RequestID(request), target: target, requestClass: requestClass,
          contentType: .json, parts: 1, timeoutMicroseconds: timeoutMicroseconds,
          payload: Self.payload(request, client: client), payloadBytes: payloadBytes,
          routingKey: key.map { RoutingKey($0) })))
  }

  /// Submits requests that are not looked at one by one.
  mutating func submitAll(
    _ requests: ClosedRange<UInt64>, client: UInt64 = 1, target: Target = .version(VersionID(0)),
    _ requestClass: RequestClass = .online
  ) {
    for request in requests { _ = self.submit(request, client: client, target: target, requestClass) }
  }

  mutating func cancel(_ request: UInt64, client: UInt64 = 1) -> [Action] {
    self.step(.cancelReceived(client: PeerID(client), request: RequestID(request)))
  }

  static func payload(_ request: UInt64, client: UInt64 = 1) -> PayloadRef { PayloadRef(client * 1000 + request) }

  // MARK: Workers

  mutating func join(
    _ peer: UInt64, version: UInt32 = 0, heartbeatMilliseconds: UInt32 = 1000, liveness: UInt8 = 3
  ) -> [Action] {
    self.step(
      .workerJoined(
        peer: PeerID(peer), version: VersionID(version), heartbeatMilliseconds: heartbeatMilliseconds,
        liveness: liveness))
  }

  mutating func ready(_ peer: UInt64, credit: UInt16 = 1, bulkCredit: UInt16 = 1) -> [Action] {
    let session = self.session(of: peer)
    return self.step(
      .workerReady(peer: PeerID(peer), session: session, credit: credit, bulkCredit: bulkCredit))
  }

  /// A worker joins and is ready at once.
  mutating func serve(_ peer: UInt64, version: UInt32 = 0, credit: UInt16 = 1, bulkCredit: UInt16 = 1) {
    _ = self.join(peer, version: version)
    _ = self.ready(peer, credit: credit, bulkCredit: bulkCredit)
  }

  mutating func heartbeat(_ peer: UInt64, progress: UInt64? = nil) -> [Action] {
    let session = self.session(of: peer)
    return self.step(.heartbeatReceived(peer: PeerID(peer), session: session, progress: progress))
  }

  mutating func draining(_ peer: UInt64) -> [Action] {
    let session = self.session(of: peer)
    return self.step(.drainingReceived(peer: PeerID(peer), session: session))
  }

  mutating func goodbye(_ peer: UInt64) -> [Action] {
    let session = self.session(of: peer)
    return self.step(.goodbyeReceived(peer: PeerID(peer), session: session))
  }

  mutating func lose(_ peer: UInt64) -> [Action] { self.step(.workerUnreachable(PeerID(peer))) }

  /// The worker that was given this work reports its outcome; what differs from the truth is said.
  mutating func result(
    _ dispatch: Dispatch, status: StatusCode = .ok, payload: PayloadRef = .none, attempt: UInt8? = nil,
    from peer: UInt64? = nil, session: SessionID? = nil, queueMicroseconds: UInt32 = 0,
    computeMicroseconds: UInt32 = 70
  ) -> [Action] {
    let sender = peer ?? dispatch.worker
    let header = ResultHeader(
      work: dispatch.header.work, session: session ?? self.session(of: sender),
      attempt: attempt ?? dispatch.header.attempt, status: status, contentType: .json, parts: 1,
      queueMicroseconds: queueMicroseconds, computeMicroseconds: computeMicroseconds)
    return self.step(.resultReceived(peer: PeerID(sender), result: header, payload: payload))
  }

  /// The worker's session; 0, which nobody has, if it is no member.
  func session(of peer: UInt64) -> SessionID { self.broker.session(of: PeerID(peer)) ?? SessionID(0) }

  // MARK: Looks

  func view(_ version: UInt32 = 0) -> Broker.VersionView {
    self.broker.view(of: VersionID(version), at: self.now)
  }

  func state(of peer: UInt64) -> WorkerView.State? {
    self.broker.workerView(of: self.session(of: peer), at: self.now)?.state
  }

  var counters: Counters { self.broker.counters }
}

/// Work that was handed out.
struct Dispatch: Hashable {
  var worker: UInt64
  var header: WorkHeader
  var payload: PayloadRef
}

extension [Action] {
  /// The work that was handed out, in order.
  var dispatches: [Dispatch] {
    self.compactMap { action in
      guard case .dispatch(let worker, let header, let payload) = action else { return nil }
      return Dispatch(worker: worker.rawValue, header: header, payload: payload)
    }
  }

  /// The requests of client 1 that were handed out, in order.
  var dispatched: [UInt64] { self.dispatches.map { $0.payload.rawValue - 1000 } }

  /// The workers that were given work, in order.
  var workers: [UInt64] { self.dispatches.map(\.worker) }

  /// Refusals by request, in order.
  var refusals: [RefusedRequest] {
    self.compactMap { action in
      guard case .refuse(_, let request, let refusal, _) = action else { return nil }
      return RefusedRequest(request.rawValue, refusal)
    }
  }

  var notes: [Note] {
    self.compactMap { action in
      guard case .note(let note) = action else { return nil }
      return note
    }
  }
}

/// A request that got no prediction.
struct RefusedRequest: Hashable {
  var request: UInt64
  var refusal: Refusal

  init(_ request: UInt64, _ refusal: Refusal) {
    self.request = request
    self.refusal = refusal
  }
}
