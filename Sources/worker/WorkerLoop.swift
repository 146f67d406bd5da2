import BasicContainers
import Logging
import QueueCore
import ZeroMQ

/// What a thread that leads is to do after a turn.
enum LoopTurn {
  /// Compute what there is to compute, and have another turn.
  case again
  /// The model is there: be ready to compute.
  case loaded(LoadedEngine)
  /// Stop, the worker has ended.
  case end(WorkerEnd)
}

/// The worker's loop: owns the socket, drives the session, and never waits for computing. The thread that leads runs
/// it, turn by turn, and computes between turns what ``Leadership`` lets it.
///
/// A request's path: `receive` → ``WorkerSession`` → `perform` (in `WorkerLoop+Perform.swift`) → ``ComputeQueue`` →
/// ``ComputeThread``, on this thread or another → `computed`, called or by way of the mailbox → session → `perform`,
/// which sends the result.
struct WorkerLoop: ~Copyable {
  /// Messages taken from the socket before results have their turn.
  private static let burst = 256
  /// Parts of one message at most, all its units together.
  private static let maximumParts = 1024

  let endpoint: String
  let mailbox: Mailbox<LoopMessage>
  let queue: ComputeQueue
  let progress: ComputeProgress
  let artifact: RegisteredArtifact
  let logger: Logger
  private let context: Context
  private let startedAt: Instant
  private var poller = Poller(capacity: 2)
  private var socketEntry: Int
  private let mailboxEntry: Int

  var socket: Socket
  var session: WorkerSession
  var actions = UniqueArray<WorkerSession.Action>()
  var payloads = Payloads()
  var figures = WorkerFigures()
  var signature: [UInt8] = []
  /// Taken in this turn and not yet in the queue.
  var arrivals: [ComputeJob] = []
  var end: WorkerEnd?
  var engineFailure = ""
  private var messages: [LoopMessage] = []
  private var frames: [Frame] = []
  /// Loaded in this turn.
  private var engine: LoadedEngine?
  /// Whether there is something for the leader to compute, so that it only looks what has come.
  private var moreWaits = false

  /// Makes the loop with its socket on the way to the broker. Throws ``ZMQError``.
  static func connected(
    to endpoint: String, configuration: WorkerSession.Configuration, mailbox: Mailbox<LoopMessage>,
    queue: ComputeQueue, progress: ComputeProgress, artifact: RegisteredArtifact, logger: Logger
  ) throws(ZMQError) -> WorkerLoop {
    let context = try Context()
    return try WorkerLoop(
      context: context, socket: try Self.connect(to: endpoint, in: context), endpoint: endpoint,
      session: WorkerSession(configuration), mailbox: mailbox, queue: queue, progress: progress,
      artifact: artifact, logger: logger)
  }

  private init(
    context: Context, socket: consuming Socket, endpoint: String, session: consuming WorkerSession,
    mailbox: Mailbox<LoopMessage>, queue: ComputeQueue, progress: ComputeProgress, artifact: RegisteredArtifact,
    logger: Logger
  ) throws(ZMQError) {
    self.context = context
    self.endpoint = endpoint
    self.session = session
    self.mailbox = mailbox
    self.queue = queue
    self.progress = progress
    self.artifact = artifact
    self.logger = logger
    self.startedAt = Self.clock()
    self.socketEntry = try self.poller.add(fileDescriptor: socket.fileDescriptor())
    self.socket = socket
    self.mailboxEntry = self.poller.add(fileDescriptor: mailbox.fileDescriptor)
  }

  /// The program starts.
  mutating func start() {
    self.session.start(at: Self.clock(), into: &self.actions)
  }

  /// Sends what there is to send, waits for something to happen, and takes it in. Throws ``ZMQError`` if the socket
  /// fails for good.
  mutating func turn() throws(ZMQError) -> LoopTurn {
    try self.perform(at: Self.clock())
    if let end = self.end { return .end(end) }
    var now = Self.clock()
    if let hung = self.progress.stopOverdue(at: now) { return .end(try self.leaveHungEngine(after: hung)) }
    // First without waiting, which takes fewer system calls if there is something; and the socket's descriptor tells
    // of nothing that comes until the socket has been received from in vain.
    if self.mailbox.mayHaveMessages { self.readMailbox(at: now) }
    let isIdle = try self.receive(at: now) == 0 && self.actions.isEmpty && !self.moreWaits
    if isIdle {
      let wake = min(self.session.nextDeadline, self.progress.nextLook(at: now)).nanoseconds
      try self.poller.wait(untilNanoseconds: wake == .max ? nil : wake, now: now.nanoseconds)
      now = Self.clock()
      if self.poller.isReadable(self.mailboxEntry) { self.readMailbox(at: now) }
      if self.poller.isReadable(self.socketEntry) { _ = try self.receive(at: now) }
    }
    // Only now: what waited in the socket may show that the broker is alive.
    self.session.tick(at: now, into: &self.actions)
    try self.perform(at: now)
    self.moreWaits = false
    if let end = self.end { return .end(end) }
    return self.engine.take().map { .loaded($0) } ?? .again
  }

  // MARK: What comes in

  /// Takes in what is there; returns how many messages that was.
  private mutating func receive(at now: Instant) throws(ZMQError) -> Int {
    var count = 0
    // Not held beyond this: the frames are those of requests.
    defer { self.frames.removeAll(keepingCapacity: true) }
    while count < Self.burst,
      let discarded = try self.socket.receiveFrames(into: &self.frames, maxParts: Self.maximumParts)
    {
      count += 1
      if discarded > 0 {
        self.logger.warning("message with too many parts dropped", metadata: ["limit": "\(Self.maximumParts)"])
        self.session.malformedMessageReceived()
      } else {
        self.messageReceived(at: now)
      }
    }
    return count
  }

  /// Cuts a message into units: a header part and as many payload parts as it announces, again and again.
  private mutating func messageReceived(at now: Instant) {
    var next = 0
    while next < self.frames.count {
      let header = self.frames[next]
      next += 1
      do throws(WireError) {
        let parts = Int(try Prefix(decoding: header.bytes).parts)
        let present = self.frames.count - next
        guard parts <= present else { throw .missingParts(announced: parts, present: present) }
        let payload = self.payloads.keep(Array(self.frames[next..<next + parts]))
        next += parts
        self.session.received(header: header.bytes, payload: payload, at: now, into: &self.actions)
      } catch {
        // Where the next unit would begin cannot be known.
        self.logger.warning("message from the broker cannot be read", metadata: ["error": "\(error)"])
        self.session.malformedMessageReceived()
        return
      }
    }
  }

  private mutating func readMailbox(at now: Instant) {
    self.mailbox.drain(into: &self.messages)
    for message in self.messages { self.messageReceived(message, at: now) }
    // Holds results until then, and their frames.
    self.messages.removeAll(keepingCapacity: true)
  }

  private mutating func messageReceived(_ message: LoopMessage, at now: Instant) {
    switch message {
    case .loaded(let engine):
      self.engine = engine
      self.signature = engine.announcement.signature
      self.session.modelLoaded(engine.announcement.readiness, at: now, into: &self.actions)
    case .engineFailed(let reason):
      self.engineFailure = reason
      self.session.loadFailed(at: now, into: &self.actions)
    case .computed(let results, let calls): self.computed(results, calls, at: now)
    case .drain:
      self.logger.info("draining", metadata: ["in_flight": "\(self.session.inFlight)"])
      self.session.drainRequested(at: now, into: &self.actions)
    }
  }

  /// The leader has computed a batch itself.
  mutating func computed(_ batch: ComputedBatch) {
    self.moreWaits = batch.moreWaits
    self.computed(batch.results, batch.calls, at: Self.clock())
  }

  private mutating func computed(_ results: [ComputeResult], _ calls: [EngineCall], at now: Instant) {
    for call in calls { self.count(call) }
    for result in results {
      self.count(result)
      let payload = self.payloads.keep(result.parts, followedBy: result.rawRows)
      self.session.resultReady(result.outcome, payload: payload, at: now, into: &self.actions)
    }
  }

  // MARK: Figures

  private mutating func count(_ call: EngineCall) {
    self.figures.batches += 1
    self.figures.computeTime.record(microseconds: call.microseconds)
  }

  mutating func count(_ result: ComputeResult) {
    self.figures.requests += 1
    self.figures.rows += UInt64(result.rows)
    self.figures.countErrors(result.outcome.status)
    for (code, count) in result.rowErrors { self.figures.countErrors(code, UInt64(count)) }
    self.figures.queueTime.record(microseconds: UInt64(result.outcome.queueMicroseconds))
  }

  /// The figures as they are at this moment.
  mutating func currentFigures(at now: Instant) -> WorkerFigures {
    self.figures.inFlight = UInt32(clamping: self.session.inFlight)
    self.figures.queued = UInt32(clamping: self.queue.count)
    self.figures.residentBytes = ProcessFigures.residentBytes
    self.figures.cpuMicroseconds = ProcessFigures.cpuMicroseconds
    self.figures.uptimeMilliseconds = now.milliseconds(since: self.startedAt)
    self.figures.computeProgress = self.progress.stamp
    self.figures.busyMilliseconds = self.progress.busyMilliseconds(at: now)
    return self.figures
  }

  // MARK: The socket

  /// A new socket is a new peer to the broker: nothing of the old membership reaches it.
  mutating func reconnect() throws(ZMQError) {
    self.poller.remove(at: self.socketEntry)
    self.socket = try Self.connect(to: self.endpoint, in: self.context)
    self.socketEntry = try self.poller.add(fileDescriptor: self.socket.fileDescriptor())
  }

  private static func connect(to endpoint: String, in context: Context) throws(ZMQError) -> Socket {
    let options = SocketOptions {
      // What is said last, GOODBYE, must have time to leave.
      $0.linger = .seconds(1)
      // Bounded by the credit; a broker that stands still for a while must not cost results.
      $0.sendHighWaterMark = 0
      $0.receiveHighWaterMark = 0
    }
    let socket = try Socket(.dealer, in: context, options: options)
    try socket.connect(endpoint)
    return socket
  }

  /// Why the session ended, for the program's last words.
  func describe(_ exit: WorkerSession.Exit) -> WorkerEnd {
    switch exit {
    case .drained: return .drained
    case .loadFailed: return .engineFailed(self.engineFailure)
    case .refused:
      let detail = self.session.refusal?.detail
      let status = self.session.refusal?.status ?? .unknown
      return .refused("\(status.name): \(detail?.message ?? "no reason given")")
    }
  }

  private static func clock() -> Instant {
    Instant(nanoseconds: MonotonicClock.nanoseconds)
  }
}
