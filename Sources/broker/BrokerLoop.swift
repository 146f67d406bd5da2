import BasicContainers
import QueueCore
import Versions
import ZeroMQ

/// The broker's one thread: owns the sockets and every message, and drives the core.
///
/// A turn: wait, take in results and send what comes of them, take in requests, each up to a bound, let the core hand
/// them out, do what it says. A request's path is this file, `BrokerLoop+Clients`, the core, `BrokerLoop+Perform`, and
/// for its result `BrokerLoop+Workers` and back.
struct BrokerLoop: ~Copyable {
  /// Messages taken from one socket before the other one has its turn.
  private static let burst = 64
  /// The same in bytes: large messages are passed on while the next ones are still on their way.
  private static let burstBytes = 512 << 10
  let frontend: Socket
  let backend: Socket
  let events: Socket
  let mailbox: Mailbox<LoopCommand>
  /// Where calls and events go; never waits.
  let report: @Sendable (LoopReport) -> Void
  /// This start of the broker, for clients that want to notice a restart.
  let instance: UInt64

  var core: Broker
  /// What the core asks for, and what of it is being done.
  var actions = UniqueArray<Action>()
  var performing = UniqueArray<Action>()
  var toClients = Outbox()
  var toWorkers = Outbox()
  var arena: MessageArena
  var clients = Peers()
  var workers = Peers()
  var directory = WorkerDirectory()
  var artifacts: ArtifactTable
  var refusalParts = RefusalParts()
  /// Models whose predictions are remembered, and where they are left.
  var observed: Set<String>
  let inbox: PredictionInbox
  /// Models of whose predictions some are captured, and where these are left.
  var captured: [String: CaptureSampler]
  let captureInbox: CaptureInbox
  var figures = ClusterFigures()
  var counters = LoopCounters()
  /// Sides of comparisons whose other side has not ended.
  var comparisons: [ComparisonID: KeptOutcome] = [:]
  /// How many pairs may wait for the services.
  let shadowQuota: ShadowQuota
  /// What is to be sent beside the core's actions.
  var answers: [LoopAnswer] = []
  /// The words of this turn's requests for models or versions that are not known.
  var unknownNames: [UnknownName] = []
  /// What is wrong with the artifacts of this turn's workers, for the words in which they are dismissed.
  var rejections: [PeerID: WorkerRejection] = [:]
  /// Commands taken from the mailbox; kept for its room.
  var commands: [LoopCommand] = []
  /// Control calls that may be with the services at once.
  static let maximumCalls = 1024
  /// Control calls that the services have not answered yet.
  var callsUnderWay = 0
  var shutDownBy: UInt64?
  /// How long to look for more before sleeping.
  private var patience: Patience
  var now: QueueCore.Instant

  init(
    sockets: consuming BrokerSockets, core: consuming Broker, artifacts: ArtifactTable, mailbox: Mailbox<LoopCommand>,
    instance: UInt64, shadowQuota: ShadowQuota, inbox: PredictionInbox,
    observed: Set<String>, captured: [String: CaptureSampler], captureInbox: CaptureInbox, patience: Patience,
    report: @escaping @Sendable (LoopReport) -> Void
  ) {
    let parts = sockets.take()
    self.frontend = parts.frontend
    self.backend = parts.backend
    self.events = parts.events
    self.mailbox = mailbox
    self.report = report
    self.instance = instance
    self.shadowQuota = shadowQuota
    // Two parts a request at least, and what is under way between the sockets.
    self.arena = MessageArena(limit: 8 * core.limits.requests + 65_536)
    self.core = core
    self.artifacts = artifacts
    self.inbox = inbox
    self.observed = observed
    self.captured = captured
    self.captureInbox = captureInbox
    self.patience = patience
    self.now = Self.clock()
  }

  /// Runs until the broker has been shut down. Throws ``ZMQError`` if a socket fails for good.
  mutating func run() throws(ZMQError) {
    var poller = DescriptorPoller([
      try self.frontend.fileDescriptor(), try self.backend.fileDescriptor(), self.mailbox.fileDescriptor,
    ])
    let mailboxIndex = 2
    var isMailSignalled = false
    var workSeen: UInt64 = 0
    while !self.isFinished {
      self.now = Self.clock()
      if isMailSignalled || self.mailbox.mayHaveMessages { try self.obeyCommands() }
      isMailSignalled = false
      // Results first: they free credit for what the clients send. And out with them: clients go on while the rest of
      // the turn is done. It costs no message, since replies and work share none.
      let results = try self.receive(from: .backend)
      if results > 0 { try self.perform() }
      let requests = try self.receive(from: .frontend)
      self.core.step(.turnEnded, at: self.now, into: &self.actions)
      let isQuiet = results + requests == 0 && self.actions.isEmpty && self.answers.isEmpty
      try self.perform()
      self.sweepPeers()
      let work = self.core.counters.accepted + self.core.counters.replied
      if work != workSeen { self.patience.workCame() }
      workSeen = work
      // The sockets' descriptors tell of changes only, and a send may hear what is meant for a receive: they are waited
      // for only when nothing was received and nothing sent since.
      guard isQuiet else { continue }
      let wake = min(self.core.nextDeadline.nanoseconds, self.shutDownBy ?? .max)
      // Bulk work wants all the processor time that online requests leave.
      let look = self.patience.lookNanoseconds(sparesProcessors: self.core.hasBulkAtWorkers)
      try poller.wait(untilNanoseconds: wake == .max ? nil : wake, lookingFirstFor: look)
      self.patience.waited(
        nanoseconds: MonotonicClock.nanoseconds - self.now.nanoseconds, wasSetAside: poller.wasSetAside)
      isMailSignalled = poller.isReadable(mailboxIndex)
    }
    try self.dismissWorkers()
    // Whoever posted before the close is waiting for an answer.
    self.mailbox.close()
    try self.obeyCommands()
    try self.perform()
  }

  private var isFinished: Bool {
    guard let shutDownBy = self.shutDownBy else { return false }
    return self.core.isDrained || self.now.nanoseconds >= shutDownBy
  }

  enum Side {
    case frontend
    case backend
  }

  /// Takes in what has come, up to a bound. Returns how many messages that were: 0 if there was nothing.
  private mutating func receive(from side: Side) throws(ZMQError) -> Int {
    var bytes = 0
    var messages = 0
    while messages < Self.burst, bytes < Self.burstBytes {
      let reception =
        switch side {
        case .frontend: try self.arena.receive(from: self.frontend, maxParts: 1 + Self.maximumParts)
        case .backend: try self.arena.receive(from: self.backend, maxParts: 1 + Self.maximumParts)
        }
      switch reception {
      case .nothing:
        return messages
      case .arenaFull:
        self.counters.arenaFull += 1
      case .message(let message):
        bytes += message.bytes
        if side == .frontend {
          self.clientMessageReceived(message)
        } else {
          self.workerMessageReceived(message)
        }
      }
      messages += 1
    }
    return messages
  }

  /// Parts of one message at most, all its units together; the routing id is none of them.
  static let maximumParts = 1024

  private mutating func sweepPeers() {
    if self.clients.wantsSweep {
      let waiting = self.core.clientsWaiting
      self.clients.sweep { waiting.contains($0) }
    }
    if self.workers.wantsSweep {
      let members = Set(self.core.workerViews(at: self.now).map(\.peer))
      self.workers.sweep { members.contains($0) }
    }
  }

  /// The monotonic clock, read once a turn.
  static func clock() -> QueueCore.Instant {
    QueueCore.Instant(nanoseconds: MonotonicClock.nanoseconds)
  }
}
