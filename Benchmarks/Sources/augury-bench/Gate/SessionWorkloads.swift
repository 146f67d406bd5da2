import BasicContainers
import QueueCore

/// The client library's bookkeeping of a request: submitted, and its reply taken.
final class SessionClientWorkload: GateWorkload {
  let unitsPerPass = 1
  private var session = ClientSession()
  private var actions = ClientSession.Actions()
  private var now = Instant(nanoseconds: 1_000_000_000)

  func pass() throws -> UInt64 {
    let id = self.session.submit(
      ClientSession.Request(
        model: "digits", selector: "2", contentType: .json, timeoutMicroseconds: 1_000_000, parts: 1,
        payload: PayloadRef(1)), at: self.now, into: &self.actions)
    let reply = ReplyHeader(request: id, status: .ok, contentType: .json, attempts: 1, parts: 1)
    let header = reply.encoded
    self.session.received(header: header.bytes, parts: 1, payload: PayloadRef(2), into: &self.actions)
    var isAnswered = false
    for index in 0..<self.actions.count {
      if case .complete(id, .replied) = self.actions[index] { isAnswered = true }
    }
    guard isAnswered else { throw BenchError("a request was not answered") }
    self.actions.removeAll(keepingCapacity: true)
    self.now = self.now.advanced(byMicroseconds: 50)
    return id.rawValue
  }
}

/// The worker's bookkeeping of a request: taken within the credit, and its result handed back.
final class SessionWorkerWorkload: GateWorkload {
  let unitsPerPass = 1
  private var session: WorkerSession
  private var actions = UniqueArray<WorkerSession.Action>()
  private var now = Instant(nanoseconds: 1_000_000_000)
  private var nextWork: UInt64 = 0

  init() throws {
    self.session = WorkerSession(
      WorkerSession.Configuration(
        join: JoinHeader(
          heartbeatMilliseconds: 1000, liveness: 255, processID: 1, model: "digits", version: "2", name: "a",
          host: "bench", engine: "none")))
    self.session.start(at: self.now, into: &self.actions)
    let welcome = WelcomeHeader(session: SessionID(5), heartbeatMilliseconds: 1000, liveness: 255, parts: 0).encoded
    self.session.received(header: welcome.bytes, payload: .none, at: self.now, into: &self.actions)
    self.session.modelLoaded(
      WorkerSession.Readiness(credit: 16, bulkCredit: 2, maxBatchSize: 256, loadMilliseconds: 1, digest: []),
      at: self.now, into: &self.actions)
    guard self.session.isReady else { throw BenchError("the worker did not get ready") }
    self.actions.removeAll(keepingCapacity: true)
  }

  func pass() throws -> UInt64 {
    self.nextWork += 1
    let header = WorkHeader(
      work: WorkID(self.nextWork), remainingMicroseconds: 1_000_000, attempt: 1, requestClass: .online,
      contentType: .tensors, parts: 2
    ).encoded
    self.session.received(header: header.bytes, payload: PayloadRef(1), at: self.now, into: &self.actions)
    guard self.actions.count == 1, case .run(let work) = self.actions[0] else {
      throw BenchError("the worker did not take work")
    }
    let outcome = WorkerSession.Outcome(
      ticket: work.ticket, status: .ok, contentType: .tensors, parts: 2, queueMicroseconds: 3, computeMicroseconds: 80)
    self.session.resultReady(outcome, payload: PayloadRef(2), at: self.now, into: &self.actions)
    guard self.actions.count == 2, case .sendResult(let result, _) = self.actions[1] else {
      throw BenchError("the worker did not answer")
    }
    self.actions.removeAll(keepingCapacity: true)
    // The session takes a broker that says nothing for dead, so the time stands still.
    return result.work.rawValue
  }
}
