import Dispatch
import Glibc
import Inference
import Logging
import QueueCore
import Synchronization
import Testing
import ZeroMQ

@testable import worker

/// Stops the thread that leads in the middle of a batch, until it is let go.
private final class Gate: Sendable {
  private struct State {
    var isArmed = false
    var isBlocking = false
    var threads: [String] = []
  }

  private let state = Mutex(State())
  private let opened = DispatchSemaphore(value: 0)

  /// The next batch of the leader's blocks.
  func arm() { self.state.withLock { $0.isArmed = true } }

  var isBlocking: Bool { self.state.withLock { $0.isBlocking } }

  func letGo() { self.opened.signal() }

  /// The threads that computed, in order.
  var threads: [String] { self.state.withLock { $0.threads } }

  private static var nameOfThisThread: String {
    let file = open("/proc/thread-self/comm", O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = read(file, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(count - 1, 0)), as: UTF8.self)
  }

  /// A thread computes; `leader` is the one that blocks.
  func pass(leader: String) {
    let thread = Self.nameOfThisThread
    let blocks = self.state.withLock { state in
      state.threads.append(thread)
      guard state.isArmed, thread == leader else { return false }
      state.isArmed = false
      state.isBlocking = true
      return true
    }
    if blocks { self.opened.wait() }
  }
}

/// Threads that lead and follow, against a socket that plays the broker.
@Suite(.timeLimit(.minutes(1))) struct ServingThreadTests {
  private let gate = Gate()
  private static let content = "{\"instances\":[[1,0]]}"

  /// Starts two threads around a fake model; returns where their end is told, and the queue that sends them home.
  private func start(broker: BrokerEnd) throws -> (LeaderSeat, ComputeQueue) {
    let gate = self.gate
    let model = FakeModel { _ in gate.pass(leader: "serve-0") }
    let shared = ServingThread.Shared(
      queue: ComputeQueue(policy: BatchPolicy(maximumRows: 8), leaderMayCompute: true),
      progress: ComputeProgress(threads: 2), mailbox: try Mailbox())
    let join = JoinHeader(
      heartbeatMilliseconds: 20, liveness: 255, processID: 1, model: "m", version: "7", name: "w", host: "h",
      engine: "fake", wantsArtifact: false)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let seat = LeaderSeat(
      try WorkerLoop.connected(
        to: broker.endpoint, configuration: WorkerSession.Configuration(join: join), mailbox: shared.mailbox,
        queue: shared.queue, progress: shared.progress, artifact: RegisteredArtifact(), logger: logger))
    let readiness = WorkerSession.Readiness(
      credit: 8, bulkCredit: 0, maxBatchSize: 8, loadMilliseconds: 0, digest: [])
    let engine = LoadedEngine(announcement: Announcement(readiness: readiness, signature: [])) {
      try ModelRunner(model: model, name: "m", version: "7", maxBatchSize: 8)
    }
    _ = try LoopThread(name: "serve-0") { ServingThread(index: 0, seat: seat, shared: shared).runLeading() }
    _ = try LoopThread(name: "serve-1") {
      #expect(shared.mailbox.post(.loaded(engine)))
      ServingThread(index: 1, seat: seat, shared: shared).runFollowing(engine)
    }
    return (seat, shared.queue)
  }

  /// Has the broker's end do something on a thread of its own, and the worker leave.
  private func play(_ script: @escaping @Sendable (BrokerEnd) throws -> Void) async throws {
    let broker = try BrokerEnd.listening(in: try Context())
    let (seat, queue) = try self.start(broker: broker)
    let thread = try LoopThread(name: "broker", handing: broker) { broker in
      _ = try broker.welcome(7)
      try script(broker)
      try broker.dismiss(7)
    }
    try await thread.value
    #expect(try await seat.end == .drained)
    queue.close()
  }

  @Test func batchesThatAreShortAreComputedByTheThreadThatLeads() async throws {
    let gate = self.gate
    try await self.play { broker in
      var number: UInt64 = 0
      // The first one tells how long they are. Later ones may still be the follower's, if it is not back at rest.
      while !gate.threads.contains("serve-0") {
        number += 1
        try broker.work(number, Self.content, as: .json)
        #expect(try broker.result().header.status == .ok)
      }
    }
    #expect(gate.threads.first == "serve-1")
  }

  @Test func heartbeatsCancellationsAndAnswersGoOnWhenABatchOfTheLeadersIsLong() async throws {
    let gate = self.gate
    try await self.play { broker in
      gate.arm()
      var number: UInt64 = 0
      while !gate.isBlocking {
        number += 1
        try broker.work(number, Self.content, as: .json)
        while !gate.isBlocking, try broker.figures().requests < number {}
      }
      var busy: [UInt64] = []
      while busy.count < 2 {
        let figures = try broker.figures()
        if figures.busyMilliseconds > 0 { busy.append(figures.busyMilliseconds) }
      }
      #expect(busy[0] < busy[1])
      // What waits is answered by the one that leads now, what is computed when it is done.
      try broker.work(1001, Self.content, as: .json)
      try broker.work(1002, Self.content, as: .json)
      try broker.send(CancelWorkHeader(work: WorkID(1001), attempt: 1).encoded.array)
      var statuses: [UInt64: StatusCode] = [:]
      func take() throws {
        let header = try broker.result().header
        statuses[header.work.rawValue] = header.status
      }
      while statuses[1001] == nil { try take() }
      #expect(statuses[1001] == .cancelled && statuses[number] == nil && statuses[1002] == nil)
      gate.letGo()
      while statuses[1002] == nil { try take() }
      #expect(statuses[number] == .ok && statuses[1002] == .ok)
    }
  }
}
