import DequeModule

/// Decides what a batch job does next: which chunk is read, sent, sent again, taken apart, written, when the files are
/// forced to disk, and when the job is done.
///
/// What holds whatever happens, in whichever order answers come and at whichever point the process dies:
///
/// - Chunks are written in the order of the input, each once.
/// - A checkpoint counts only bytes that were forced to disk before it was committed, and whoever goes on from it cuts
///   the files to its lengths first. So a row is neither lost nor doubled.
/// - How a chunk's rows are divided among requests follows from the rows (``ChunkTree``), so a job that was interrupted
///   gives the same bytes as one that was not.
///
/// The machine sees no row and no path: the driver keeps those, reads, sends, writes and syncs as it is told, and
/// answers with events. An answer to a request that nobody waits for any more is dropped.
///
/// | phase | `started` | `prepared` | everything durable | `completed` | `finalizingRecorded` | `published` |
/// |---|---|---|---|---|---|---|
/// | idle | → preparing, or publishing | | | | | |
/// | preparing | | → running | | | | |
/// | running | | | → completing | | | |
/// | completing | | | | → recording | | |
/// | recording | | | | | → publishing | |
/// | publishing | | | | | | → ended |
///
/// A stop, a refusal or too many failed rows take any phase to ended; from running by way of stopping, which makes
/// durable what is written. In recording and publishing a stop is too late and is ignored: the job is about to succeed.
/// A breakage, or the end of the lease, ends any phase at once.
public struct JobMachine: ~Copyable {
  enum Phase: Hashable {
    /// Can transition to preparing or publishing.
    case idle
    /// Waits for the files. Can transition to itself (after a reset), running or ended.
    case preparing
    /// Waits for the start checkpoint to be committed, because the files were lost. Can transition to preparing.
    case resetting
    /// Reads, sends and writes. Can transition to stopping, completing or ended.
    case running
    /// Makes durable what is written, then ends so. Can transition to ended.
    case stopping(JobEnd)
    /// Waits for the last touch to the files. Can transition to recording or ended.
    case completing
    /// Waits for the last checkpoint. Can transition to publishing or ended.
    case recording
    /// Waits for the renames. Can transition to ended.
    case publishing
    /// Nothing more happens.
    case ended
  }

  /// What is being made durable. One thing at a time.
  enum Durability: Hashable {
    case idle
    case syncing(JobCheckpoint)
    case committing(JobCheckpoint)
  }

  struct OpenChunk {
    let extent: ChunkExtent
    var tree: ChunkTree
    var heldBytes: UInt64
    /// Whether a request with others in it failed for what was in it.
    var travelsAlone = false
  }

  struct Waiting {
    let chunk: UInt64
    let node: Int
    let notBefore: Instant
  }

  let limits: JobLimits
  let errorLimit: JobErrorLimit?
  /// From here on another process may write for the job, and this one must not.
  var leaseEnd: Instant
  private let resumesFinalizing: Bool
  /// When the last event came: what was due by then is sent, or waits for room or for others to be read.
  private var lastEventAt = Instant(nanoseconds: 0)
  var phase = Phase.idle
  var durability = Durability.idle
  /// The last committed checkpoint.
  var committed: JobCheckpoint
  /// What the files hold, on disk or on its way there.
  public internal(set) var written: JobCheckpoint
  var nextSync = Instant.distantFuture

  /// Read and not yet written, in the input's order; the first is the next to be written.
  var chunks = Deque<OpenChunk>()
  /// Parts that are to be sent, in no order.
  var waiting: [Waiting] = []
  var window: ChunkWindow
  var requestSize: RequestSize
  /// Requests on the way, by number.
  var requests: [UInt64: SentRequest] = [:]
  var lastRequest: UInt64 = 0
  var heldBytes: UInt64 = 0
  var isReading = false
  var inputEnd: (offset: UInt64, line: UInt64)?

  /// A job that goes on from `checkpoint`, as long as its lease lasts; `isFinalizing` is whether it had been recorded
  /// as finalizing.
  public init(
    limits: JobLimits, checkpoint: JobCheckpoint, isFinalizing: Bool, errorLimit: JobErrorLimit? = nil,
    leaseEnd: Instant = .distantFuture
  ) {
    self.limits = limits
    self.errorLimit = errorLimit
    self.leaseEnd = leaseEnd
    self.committed = checkpoint
    self.written = checkpoint
    self.resumesFinalizing = isFinalizing
    self.window = ChunkWindow(minimum: limits.minimumWindow, maximum: limits.maximumWindow)
    self.requestSize = RequestSize(maximum: limits.requestChunks)
  }

  /// Takes in what happened and appends what is to be done.
  public mutating func step(_ event: JobEvent, at now: Instant, into actions: inout [JobAction]) {
    guard self.phase != .ended else { return }
    self.lastEventAt = now
    guard self.holdsLease(after: event, at: now) else { return self.end(.broken(.lease), into: &actions) }
    switch event {
    case .started: self.start(into: &actions)
    case .outputBegun(let bytes): self.outputBegun(bytes: bytes)
    case .prepared: self.prepared(at: now)
    case .partialFilesLost: self.partialFilesLost(into: &actions)
    case .chunkRead(let extent): self.chunkRead(extent, at: now)
    case .inputEnded(let offset, let line): self.inputEnded(offset: offset, line: line)
    case .succeeded(let request, let outcome, let times):
      self.succeeded(request, outcome, times, at: now, into: &actions)
    case .failed(let request, let failure, let errorBytes):
      self.failed(request, failure, errorBytes: errorBytes, at: now, into: &actions)
    case .synced: self.synced(into: &actions)
    case .checkpointed: self.checkpointed(into: &actions)
    case .completed(let checkpoint): self.completed(checkpoint, into: &actions)
    case .finalizingRecorded: self.finalizingRecorded(into: &actions)
    case .published: self.published(into: &actions)
    case .stopRequested(let stop): self.stopRequested(stop, into: &actions)
    case .broken(let breakage): self.end(.broken(breakage), into: &actions)
    case .leaseRenewed, .deadlinePassed: break
    }
    self.advance(at: now, into: &actions)
  }

  /// When the machine wants `deadlinePassed`, if nothing else happens before.
  public var nextDeadline: Instant {
    guard self.phase == .running else { return self.leaseDeadline }
    var next = self.leaseDeadline
    if self.durability == .idle, self.written != self.committed { next = self.nextSync }
    if self.requestsOut < self.window.size {
      for part in self.waiting where part.notBefore > self.lastEventAt { next = min(next, part.notBefore) }
    }
    return next
  }

  /// Requests that are on the way.
  public var requestsOut: Int { self.requests.count }

  // MARK: From start to end

  private mutating func start(into actions: inout [JobAction]) {
    precondition(self.phase == .idle, "Cannot start a job that is \(self.phase)")
    if self.resumesFinalizing {
      self.publish(into: &actions)
    } else {
      self.phase = .preparing
      actions.append(.prepare(self.committed))
    }
  }

  private mutating func outputBegun(bytes: UInt64) {
    precondition(
      self.phase == .preparing && self.written == .start, "Cannot begin an output when \(self.phase), \(self.written)")
    self.written.outputLength = bytes
  }

  private mutating func prepared(at now: Instant) {
    precondition(self.phase == .preparing, "Cannot be prepared when \(self.phase)")
    self.phase = .running
    self.nextSync = now.advanced(byMilliseconds: self.limits.syncMilliseconds)
  }

  private mutating func partialFilesLost(into actions: inout [JobAction]) {
    precondition(self.phase == .preparing, "Cannot have lost files when \(self.phase)")
    self.phase = .resetting
    self.written = .start
    self.durability = .committing(.start)
    actions.append(.checkpoint(.start))
  }

  private mutating func completed(_ checkpoint: JobCheckpoint, into actions: inout [JobAction]) {
    precondition(self.phase == .completing, "Cannot be complete when \(self.phase)")
    self.written = checkpoint
    self.committed = checkpoint
    self.phase = .recording
    actions.append(.recordFinalizing(checkpoint))
  }

  private mutating func finalizingRecorded(into actions: inout [JobAction]) {
    precondition(self.phase == .recording, "Cannot have recorded the end when \(self.phase)")
    self.publish(into: &actions)
  }

  private mutating func publish(into actions: inout [JobAction]) {
    self.phase = .publishing
    actions.append(.publishErrors(self.committed))
    actions.append(.publishOutput(self.committed))
    actions.append(.syncDirectory)
  }

  private mutating func published(into actions: inout [JobAction]) {
    precondition(self.phase == .publishing, "Cannot be published when \(self.phase)")
    self.end(.succeeded, into: &actions)
  }

  private mutating func stopRequested(_ stop: JobStop, into actions: inout [JobAction]) {
    switch self.phase {
    case .idle, .preparing, .resetting, .completing: self.end(.stopped(stop), into: &actions)
    case .running: self.stop(.stopped(stop), into: &actions)
    case .stopping, .recording, .publishing, .ended: break
    }
  }

  /// Ends after what is written has been made durable.
  mutating func stop(_ end: JobEnd, into actions: inout [JobAction]) {
    precondition(self.phase == .running, "Cannot stop when \(self.phase)")
    self.phase = .stopping(end)
    self.abandon(into: &actions)
  }

  /// Ends at once.
  mutating func end(_ end: JobEnd, into actions: inout [JobAction]) {
    self.phase = .ended
    self.abandon(into: &actions)
    actions.append(.end(end))
  }

  private mutating func abandon(into actions: inout [JobAction]) {
    if self.requestsOut > 0 { actions.append(.abandonRequests) }
    self.requests.removeAll()
    self.waiting.removeAll()
    self.chunks.removeAll()
    self.heldBytes = 0
  }

  /// Whatever can be done now, after any event.
  mutating func advance(at now: Instant, into actions: inout [JobAction]) {
    switch self.phase {
    case .running:
      self.writeAnswered(into: &actions)
      if self.hasTooManyFailedRows { return self.stopForFailedRows(at: now, into: &actions) }
      self.sendWaiting(at: now, into: &actions)
      self.readAhead(into: &actions)
      self.makeDurable(at: now, into: &actions)
      self.finishIfComplete(into: &actions)
    case .stopping(let end):
      guard self.durability == .idle else { return }
      if self.written == self.committed {
        self.end(end, into: &actions)
      } else {
        self.sync(into: &actions)
      }
    case .idle, .preparing, .resetting, .completing, .recording, .publishing, .ended: break
    }
  }

  private mutating func finishIfComplete(into actions: inout [JobAction]) {
    guard let inputEnd = self.inputEnd, self.chunks.isEmpty, self.durability == .idle else { return }
    // Blank lines after the last row belong to no chunk.
    self.written.inputOffset = inputEnd.offset
    self.written.lines = inputEnd.line
    if self.written.hasSameFiles(as: self.committed) {
      self.phase = .completing
      actions.append(.complete(self.written))
    } else {
      self.sync(into: &actions)
    }
  }
}
