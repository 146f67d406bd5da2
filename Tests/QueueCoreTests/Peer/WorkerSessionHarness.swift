import BasicContainers
import QueueCore
import Testing

/// A worker session, a clock that only tests move, and the broker's messages as bytes.
struct WorkerSessionHarness: ~Copyable {
  var session: WorkerSession
  var now = Instant(nanoseconds: 1_000_000_000)

  static let join = JoinHeader(
    heartbeatMilliseconds: 1000, liveness: 3, processID: 42, model: "digits", version: "2", name: "w1", host: "here",
    engine: "echo")

  init(join: JoinHeader = Self.join) {
    self.session = WorkerSession(WorkerSession.Configuration(join: join))
  }

  static func readiness(credit: UInt16 = 2, bulkCredit: UInt16 = 1) -> WorkerSession.Readiness {
    WorkerSession.Readiness(
      credit: credit, bulkCredit: bulkCredit, maxBatchSize: 8, loadMilliseconds: 5, digest: [])
  }

  /// A session that has joined and announced itself; what it sent so far is forgotten.
  static func ready(credit: UInt16 = 2, bulkCredit: UInt16 = 1, session: UInt32 = 7) -> WorkerSessionHarness {
    var harness = WorkerSessionHarness()
    _ = harness.start()
    _ = harness.welcome(session)
    _ = harness.loaded(Self.readiness(credit: credit, bulkCredit: bulkCredit))
    return harness
  }

  mutating func advance(milliseconds: UInt64) {
    self.now = self.now.advanced(byMilliseconds: milliseconds)
  }

  // MARK: What happens

  mutating func start() -> [WorkerSession.Action] {
    self.collect { $0.start(at: $1, into: &$2) }
  }

  mutating func loaded(_ readiness: WorkerSession.Readiness = Self.readiness()) -> [WorkerSession.Action] {
    self.collect { $0.modelLoaded(readiness, at: $1, into: &$2) }
  }

  mutating func loadFailed() -> [WorkerSession.Action] {
    self.collect { $0.loadFailed(at: $1, into: &$2) }
  }

  mutating func drainRequested() -> [WorkerSession.Action] {
    self.collect { $0.drainRequested(at: $1, into: &$2) }
  }

  mutating func tick() -> [WorkerSession.Action] {
    self.collect { $0.tick(at: $1, into: &$2) }
  }

  mutating func received(_ header: [UInt8], payload: PayloadRef = .none) -> [WorkerSession.Action] {
    self.collect { $0.received(header: header.span.bytes, payload: payload, at: $1, into: &$2) }
  }

  mutating func welcome(
    _ session: UInt32 = 7, heartbeatMilliseconds: UInt32 = 1000, liveness: UInt8 = 3, artifact: PayloadRef = .none
  ) -> [WorkerSession.Action] {
    self.received(
      WelcomeHeader(
        session: SessionID(session), heartbeatMilliseconds: heartbeatMilliseconds, liveness: liveness,
        parts: artifact == .none ? 0 : 1
      ).encoded.array, payload: artifact)
  }

  mutating func brokerBeat(_ session: UInt32 = 7) -> [WorkerSession.Action] {
    self.received(SessionHeader(.brokerHeartbeat, session: SessionID(session)).encoded.array)
  }

  mutating func drain(_ session: UInt32 = 7) -> [WorkerSession.Action] {
    self.received(SessionHeader(.drain, session: SessionID(session)).encoded.array)
  }

  mutating func disconnect(_ status: StatusCode) -> [WorkerSession.Action] {
    let detail = ErrorDetail(reason: "WHY", message: "because")
    return self.received(DisconnectHeader(status: status, detail: detail).encoded)
  }

  mutating func cancel(_ work: UInt64, attempt: UInt8 = 1) -> [WorkerSession.Action] {
    self.received(CancelWorkHeader(work: WorkID(work), attempt: attempt).encoded.array)
  }

  mutating func work(
    _ work: UInt64, attempt: UInt8 = 1, remaining: Int64 = RequestHeader.noTimeout,
    class requestClass: RequestClass = .online, payload: PayloadRef
  ) -> [WorkerSession.Action] {
    self.received(Self.workHeader(work, attempt, remaining, requestClass), payload: payload)
  }

  mutating func result(
    _ ticket: WorkerSession.Ticket, status: StatusCode = .ok, payload: PayloadRef = PayloadRef(900)
  ) -> [WorkerSession.Action] {
    self.collect {
      $0.resultReady(Self.outcome(ticket, status: status), payload: payload, at: $1, into: &$2)
    }
  }

  // MARK: What is expected

  static func workHeader(
    _ work: UInt64, _ attempt: UInt8 = 1, _ remaining: Int64 = RequestHeader.noTimeout,
    _ requestClass: RequestClass = .online
  ) -> [UInt8] {
    WorkHeader(
      work: WorkID(work), remainingMicroseconds: remaining, attempt: attempt, requestClass: requestClass,
      contentType: .json, parts: 1
    ).encoded.array
  }

  static func outcome(_ ticket: WorkerSession.Ticket, status: StatusCode = .ok) -> WorkerSession.Outcome {
    WorkerSession.Outcome(
      ticket: ticket, status: status, contentType: .json, parts: 1, queueMicroseconds: 11, computeMicroseconds: 22)
  }

  static func resultHeader(
    _ work: UInt64, attempt: UInt8 = 1, session: UInt32 = 7, status: StatusCode = .ok
  )
    -> ResultHeader
  {
    ResultHeader(
      work: WorkID(work), session: SessionID(session), attempt: attempt, status: status, contentType: .json, parts: 1,
      queueMicroseconds: 11, computeMicroseconds: 22)
  }

  static func heartbeat(_ session: UInt32 = 7) -> WorkerSession.Action {
    .sendHeartbeat(SessionHeader(.heartbeat, session: SessionID(session), parts: 1))
  }

  static func draining(_ session: UInt32 = 7) -> WorkerSession.Action {
    .sendNotice(SessionHeader(.draining, session: SessionID(session)))
  }

  static func goodbye(_ session: UInt32 = 7) -> WorkerSession.Action {
    .sendNotice(SessionHeader(.goodbye, session: SessionID(session)))
  }

  static func ticket(_ work: UInt64, attempt: UInt8 = 1, epoch: UInt32 = 1) -> WorkerSession.Ticket {
    WorkerSession.Ticket(work: WorkID(work), attempt: attempt, epoch: epoch)
  }

  private mutating func collect(
    _ event: (inout WorkerSession, Instant, inout UniqueArray<WorkerSession.Action>) -> Void
  ) -> [WorkerSession.Action] {
    var buffer = UniqueArray<WorkerSession.Action>()
    event(&self.session, self.now, &buffer)
    return buffer.indices.map { buffer[$0] }
  }
}
