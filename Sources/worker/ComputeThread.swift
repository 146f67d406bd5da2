import QueueCore
import ZeroMQ

/// Computes on one thread: has the runner do what the queue says, and posts the answers.
///
/// A thread does work of one lane only, and that of the bulk lane gives way to all others: the system stops it at once
/// for whoever has something interactive to do, in this process or another, and gives it what is left.
final class ComputeThread {
  private let queue: ComputeQueue
  private let runner: any ModelRunning
  private let mailbox: Mailbox<LoopMessage>
  private var meter: EngineMeter
  private var courtesy = Courtesy()

  init(
    index: Int, queue: ComputeQueue, runner: any ModelRunning, progress: ComputeProgress,
    mailbox: Mailbox<LoopMessage>
  ) {
    self.queue = queue
    self.runner = runner
    self.mailbox = mailbox
    self.meter = EngineMeter(thread: index, progress: progress)
  }

  // MARK: The interactive lane

  /// Computes what the leader leaves to others. Returns true if it is to lead itself, false once the queue is closed.
  /// Throws ``ZMQError`` if there is no memory for answers.
  func follow() throws(ZMQError) -> Bool {
    while true {
      switch self.queue.nextTask() {
      case .batch(let jobs):
        let computed = try self.compute(jobs)
        self.queue.followerEnded(computed)
        self.post(computed)
      case .lead: return true
      case .leave: return false
      }
    }
  }

  /// Runs requests together as far as they fit, and takes the time. Who is late is told so by way of the mailbox,
  /// without waiting for the others.
  func compute(_ jobs: [ComputeJob]) throws(ZMQError) -> ComputedBatch {
    var live: [ComputeJob] = []
    live.reserveCapacity(jobs.count)
    var refusals: [ComputeResult] = []
    for job in jobs {
      if let result = try self.refusal(of: job) { refusals.append(result) } else { live.append(job) }
    }
    self.post(refusals, [])
    guard !live.isEmpty else { return ComputedBatch() }
    let start = MonotonicClock.nanoseconds
    let outcome = try self.runner.runBatch(live, meter: &self.meter)
    return ComputedBatch(
      results: outcome.results, calls: self.meter.takeCalls(), leftOver: outcome.leftOver,
      nanoseconds: MonotonicClock.nanoseconds - start)
  }

  /// Hands the answers of a batch to the thread that leads.
  func post(_ computed: ComputedBatch) {
    self.post(computed.results, computed.calls)
  }

  private func post(_ results: [ComputeResult], _ calls: [EngineCall]) {
    guard !results.isEmpty else { return }
    // A closed mailbox means that the loop has ended: nobody waits for this any more.
    _ = self.mailbox.post(.computed(results, calls))
  }

  // MARK: The bulk lane

  /// Works until the queue is closed. Throws ``ZMQError`` if there is no memory for answers.
  func runBulkLane() throws(ZMQError) {
    ThreadPriority.runOnWhatIsLeft()
    while let job = self.queue.takeBulk() {
      try self.runBulk(job)
      self.queue.bulkEnded(job.work.ticket)
    }
  }

  /// Runs a request of the bulk lane, looking between its slices whether it is still wanted.
  private func runBulk(_ job: ComputeJob) throws(ZMQError) {
    if let result = try self.refusal(of: job) { return self.post(result) }
    var times = WorkTimes(queued: job.queueMicroseconds)
    let run = self.runner.beginSlices(of: job)
    var computed: UInt64 = 0
    while true {
      let before = self.meter.totalMicroseconds
      let moved = run.runSlice(meter: &self.meter)
      computed += self.meter.totalMicroseconds - before
      times.computed = UInt32(clamping: computed)
      guard moved else { break }
      self.courtesy.letOthersRun()
      if let result = try self.refusal(of: job, times) { return self.post(result) }
    }
    self.post(try run.finish(times))
  }

  private func post(_ result: ComputeResult) {
    self.post([result], self.meter.takeCalls())
  }

  /// The answer to a request that is not to be computed, or no further.
  private func refusal(of job: ComputeJob, _ times: WorkTimes? = nil) throws(ZMQError) -> ComputeResult? {
    var waiting = job.waiting
    waiting.isCancelled = self.queue.isAbandoned(job.work.ticket)
    let times = times ?? WorkTimes(queued: job.queueMicroseconds)
    return switch waiting.fate(at: Instant(nanoseconds: MonotonicClock.nanoseconds)) {
    case .run: nil
    case .cancelled: try job.failure(.cancelled, times)
    case .expired: try job.failure(.expired, times)
    }
  }
}

/// What came of a batch.
struct ComputedBatch {
  /// The answers.
  var results: [ComputeResult] = []
  /// The runs of the engine.
  var calls: [EngineCall] = []
  /// Requests for a later batch, in their order.
  var leftOver: [ComputeJob] = []
  /// How long it took; nil if nothing was left to compute.
  var nanoseconds: UInt64?
  /// Whether there is more for who leads to compute.
  var moreWaits = false
}
