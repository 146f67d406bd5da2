import QueueCore
import ZeroMQ

/// One compute thread: asks the queue what to do, has the runner do it, and posts the answers.
///
/// A thread does work of one lane only, and that of the bulk lane gives way to all others: the system stops it at once
/// for whoever has something interactive to do, in this process or another, and gives it what is left.
struct ComputeThread: ~Copyable {
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

  /// Works until the queue is closed. Throws ``ZMQError`` if there is no memory for answers.
  mutating func run(_ lane: Lane) throws(ZMQError) {
    switch lane {
    case .interactive:
      while let jobs = self.queue.takeBatch() { try self.runBatch(jobs) }
    case .bulk:
      ThreadPriority.runOnWhatIsLeft()
      while let job = self.queue.takeBulk() {
        try self.runBulk(job)
        self.queue.bulkEnded(job.work.ticket)
      }
    }
  }

  private mutating func runBatch(_ jobs: [ComputeJob]) throws(ZMQError) {
    var live: [ComputeJob] = []
    var results: [ComputeResult] = []
    for job in jobs {
      if let result = try self.refusal(of: job) { results.append(result) } else { live.append(job) }
    }
    // Before the long part: who is late is told so without waiting for the others.
    self.post(results)
    guard !live.isEmpty else { return }
    let outcome = try self.runner.runBatch(live, meter: &self.meter)
    self.queue.putBack(outcome.leftOver)
    self.post(outcome.results)
  }

  /// Runs a request of the bulk lane, looking between its slices whether it is still wanted.
  private mutating func runBulk(_ job: ComputeJob) throws(ZMQError) {
    if let result = try self.refusal(of: job) { return self.post([result]) }
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
      if let result = try self.refusal(of: job, times) { return self.post([result]) }
    }
    self.post([try run.finish(times)])
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

  private mutating func post(_ results: [ComputeResult]) {
    guard !results.isEmpty else { return }
    // A closed mailbox means that the loop has ended: nobody waits for this any more.
    _ = self.mailbox.post(.computed(results, self.meter.takeCalls()))
  }
}
