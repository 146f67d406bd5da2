import AuguryClient
import Logging
import QueueCore
import Store
import Synchronization
import ZeroMQ

/// One run of a job, from its last checkpoint to its end: does what the ``JobMachine`` asks for.
///
/// The files are read and written on a thread of the run's own, synced on another, so that rows flow on while the disk
/// works. What the machine must know comes back as events, in one stream.
actor JobRun {
  /// What happened outside the run.
  enum Happening: Sendable {
    case job(JobEvent)
    case replied([ChunkRequest], Result<ChunkReply, PredictionError>)
    case readOn
    case committed(JobEvent, JobCheckpoint, JobContributions, JobRecord)
    case timeCame(Instant)
    case syncFailed(FileError)
    case completionFailed(InputError)
    case broken(JobBreakage, RunEnd)
  }

  let record: JobRecord
  let version: String
  let context: RunContext
  let lease: HeldLease
  let store: any MetadataStore
  let transport: any ChunkTransport
  let logger: Logger
  nonisolated let monitor: JobMonitor

  let executor: RunnerThread
  let syncer: Disk
  private let happenings: AsyncStream<Happening>
  let happened: AsyncStream<Happening>.Continuation

  private var machine: JobMachine
  private var actions: [JobAction] = []
  var ledger: ContributionLedger
  /// Answers to actions that were performed at once.
  var answers: [Happening] = []
  var input: InputFile?
  var reader: ChunkReader?
  var writer: (any PredictionWriter)?
  var files: PartialFiles?
  var chunks: [UInt64: InputChunk] = [:]
  /// For compressed input: bytes of the file that were read when a chunk was.
  var filePositions: [UInt64: UInt64] = [:]
  var good: [ChunkRequest: ChunkAnswer] = [:]
  /// The line that a single row would get in the errors file if it were given up.
  var rejections: [ChunkPart: [UInt8]] = [:]
  /// Why the job cannot go on at all, in words.
  var refusal: String?
  /// What the first breakage amounts to. Once it is set, nothing is written or sent any more.
  var breakEnd: RunEnd?
  var nextChunk: UInt64
  private var armedFor = Instant.distantFuture
  /// What the machine has been told of the lease.
  private var knownLeaseEnd: Instant
  var end: RunEnd?

  nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

  /// A run of a job that this process has claimed and whose version is settled.
  ///
  /// Throws `ZMQError` if the system has no room for its thread.
  init(
    _ record: JobRecord, version: String, context: RunContext, limits: JobLimits, lease: HeldLease,
    store: any MetadataStore, transport: any ChunkTransport, logger: Logger
  ) throws(ZMQError) {
    self.record = record
    self.version = version
    self.context = context
    self.lease = lease
    self.knownLeaseEnd = lease.end
    self.ledger = ContributionLedger(at: record.contributions)
    self.nextChunk = record.checkpoint.chunks
    self.store = store
    self.transport = transport
    self.logger = logger
    self.monitor = JobMonitor(at: record.checkpoint, record.contributions, bytes: record.bytesDone)
    self.executor = try RunnerThread(name: "job-\(record.id)")
    self.syncer = Disk(label: "augury.job.sync")
    self.machine = JobMachine(
      limits: limits.limited(to: record.job.options.concurrency, requestBytes: record.job.chunkBytes),
      checkpoint: record.checkpoint, isFinalizing: record.state == .finalizing,
      errorLimit: record.job.options.errorLimit.map { JobErrorLimit($0) }, leaseEnd: self.knownLeaseEnd)
    (self.happenings, self.happened) = AsyncStream.makeStream()
  }

  /// Asks for the end of the run. The first word counts.
  nonisolated func stop(_ stop: JobStop) {
    self.happened.yield(.job(.stopRequested(stop)))
  }

  /// Runs to the end, which this returns. To be called once.
  func run() async -> RunEnd {
    await withDiscardingTaskGroup { group in
      var courtesy = Courtesy()
      self.take(.job(.started), in: &group)
      var happenings = self.happenings.makeAsyncIterator()
      while self.end == nil {
        if !self.answers.isEmpty {
          self.take(self.answers.removeFirst(), in: &group)
        } else if let happening = await happenings.next(isolation: self) {
          self.take(happening, in: &group)
          courtesy.letOthersRun()
        } else {
          // The task was cancelled. The last checkpoint holds.
          self.end = .stopped(.shutdown)
        }
      }
      group.cancelAll()
    }
    // The files are closed, and unlocked, before anybody hears that the run is over.
    self.files = nil
    self.reader = nil
    self.writer = nil
    self.input = nil
    return self.end ?? .stopped(.shutdown)
  }

  private func take(_ happening: Happening, in group: inout DiscardingTaskGroup) {
    switch happening {
    case .job(let event): self.step(event, in: &group)
    case .replied(let requests, let result):
      for (place, request) in requests.enumerated() {
        let result = result.map { $0.answer(at: place, of: requests.count) }
        guard let event = self.event(of: request, result) else { continue }
        if case .succeeded(_, let outcome, _) = event, case .success(let reply) = result {
          self.ledger.answered(request, outcome, by: reply.origin)
        }
        self.step(event, in: &group)
      }
    case .readOn: self.read()
    case .committed(let event, let checkpoint, let contributions, let record):
      self.monitor.checkpointed(checkpoint, contributions, bytes: self.fileBytes(at: checkpoint))
      self.obey(record)
      self.step(.leaseRenewed(until: self.lease.end), in: &group)
      self.step(event, in: &group)
    case .timeCame(let time):
      if time == self.armedFor { self.armedFor = .distantFuture }
      self.step(.deadlinePassed, in: &group)
    case .syncFailed(let error): self.breakOff(error)
    case .completionFailed(let error): self.breakOff(error)
    case .broken(let breakage, let end):
      self.breakEnd = self.breakEnd ?? end
      self.step(.broken(breakage), in: &group)
    }
  }

  private func step(_ event: JobEvent, in group: inout DiscardingTaskGroup) {
    // The lease is kept beside this thread, and its renewal may stand in the stream behind what takes time.
    let leaseEnd = self.lease.end
    if leaseEnd > self.knownLeaseEnd {
      self.knownLeaseEnd = leaseEnd
      self.tell(.leaseRenewed(until: leaseEnd), in: &group)
    }
    self.tell(event, in: &group)
  }

  private func tell(_ event: JobEvent, in group: inout DiscardingTaskGroup) {
    self.machine.step(event, at: Self.now, into: &self.actions)
    for action in self.actions where self.end == nil {
      self.ledger.follow(action)
      self.perform(action, in: &group)
    }
    self.actions.removeAll(keepingCapacity: true)
    self.arm(in: &group)
  }

  /// Sees to it that the machine's next deadline comes.
  private func arm(in group: inout DiscardingTaskGroup) {
    let deadline = self.machine.nextDeadline
    guard self.end == nil, deadline < self.armedFor else { return }
    self.armedFor = deadline
    let microseconds = deadline.microseconds(since: Self.now) + 1
    group.addTask { [happened] in
      try? await Task.sleep(for: .microseconds(Int64(clamping: microseconds)))
      happened.yield(.timeCame(deadline))
    }
  }

  static var now: Instant { Instant(nanoseconds: MonotonicClock.nanoseconds) }
}
