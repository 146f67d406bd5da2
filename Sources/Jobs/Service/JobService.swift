import AuguryClient
public import Logging
public import QueueCore
public import Store

/// The batch jobs of a cluster: takes them on, runs them in the order of submission, and tells how they are.
///
/// All that matters is in the store and in the jobs' files: a service that is started again, after a stop or a crash,
/// goes on where each job's last checkpoint is.
public actor JobService {
  /// How jobs are run. Nothing of it shows in the output of a job that has been submitted.
  public struct Options: Sendable {
    /// Jobs that run at the same time.
    public var maxRunning = 2
    /// Rows of a chunk, for jobs that do not say.
    public var defaultBatchSize = 256
    /// Bytes of a request; a row that is larger cannot be predicted.
    public var chunkBytes = 8 << 20
    /// How much one job takes on at once and how often it makes its work durable.
    public var limits = JobLimits()
    /// The wait before a job that could not go on is looked at again.
    public var retryInterval: Duration = .seconds(1)

    /// The defaults.
    public init() {}
  }

  enum Wake: Sendable {
    case look
    case stop
  }

  /// How far somebody here has come with a job.
  enum Activity {
    /// Its version is being settled.
    case starting
    /// Its rows are on their way.
    case running(JobRun)

    var run: JobRun? {
      if case .running(let run) = self { run } else { nil }
    }
  }

  struct Queued {
    let id: JobID
    let notBefore: ContinuousClock.Instant
  }

  let store: any MetadataStore
  let transport: any ChunkTransport
  let options: Options
  let logger: Logger
  let disk = Disk(label: "augury.jobs")
  private let wakes: AsyncStream<Wake>
  let wake: AsyncStream<Wake>.Continuation

  private var isStopping = false
  /// Jobs that wait for their turn, in the order of submission.
  var queue: [Queued] = []
  /// Jobs that somebody here is at work on.
  private(set) var active: [JobID: Activity] = [:]
  /// Jobs that are to be cancelled.
  var cancelling: Set<JobID> = []
  /// What jobs in the queue wait for.
  var notes: [JobID: String] = [:]
  /// Who waits for the end of a job's run.
  private var waiters: [JobID: [CheckedContinuation<Void, Never>]] = [:]
  /// Outputs and error files of submissions that are being looked at.
  var claimedPaths: Set<String> = []

  /// A service over this store and this cluster. Submissions are taken at once; they begin with ``run()``.
  public init(
    store: any MetadataStore, transport: any ChunkTransport, options: Options = Options(), logger: Logger
  ) {
    self.store = store
    self.transport = transport
    self.options = options
    self.logger = logger
    (self.wakes, self.wake) = AsyncStream.makeStream()
  }

  /// Runs jobs until ``stop()``; returns when each of them has made durable what it had done. To be called once.
  public func run() async {
    await withDiscardingTaskGroup { group in
      await self.loadQueue()
      var wakes = self.wakes.makeAsyncIterator()
      var timer: Task<Void, Never>?
      while !self.isStopping {
        self.startJobs(in: &group)
        timer?.cancel()
        timer = self.timer()
        if await wakes.next(isolation: self) != .look { self.isStopping = true }
      }
      timer?.cancel()
      for activity in self.active.values { activity.run?.stop(.shutdown) }
    }
  }

  /// Ends ``run()`` soon. The jobs go on when the service is next started.
  public nonisolated func stop() {
    self.wake.yield(.stop)
  }

  // MARK: The queue

  private func loadQueue() async {
    while !Task.isCancelled {
      do throws(StoreError) {
        let unfinished = try await self.store.jobs(in: JobRecord.State.unfinished)
        for job in unfinished { self.enqueue(job.id) }
        if !unfinished.isEmpty { self.logger.info("unfinished jobs found", metadata: ["jobs": "\(unfinished.count)"]) }
        return
      } catch {
        self.logger.error("jobs cannot be read from the store", metadata: ["reason": "\(error)"])
        try? await Task.sleep(for: self.options.retryInterval)
      }
    }
  }

  /// Gives a job its place in the queue, unless it is there or being run.
  func enqueue(_ id: JobID, after delay: Duration = .zero) {
    guard self.active[id] == nil, !self.queue.contains(where: { $0.id == id }) else { return }
    let place = self.queue.firstIndex { $0.id > id } ?? self.queue.endIndex
    self.queue.insert(Queued(id: id, notBefore: .now + delay), at: place)
    self.wake.yield(.look)
  }

  private func startJobs(in group: inout DiscardingTaskGroup) {
    let now = ContinuousClock.now
    while self.active.count < self.options.maxRunning,
      let next = self.queue.firstIndex(where: { $0.notBefore <= now })
    {
      let id = self.queue.remove(at: next).id
      self.active[id] = .starting
      group.addTask { await self.conduct(id) }
    }
  }

  /// Wakes the service when the next job's time has come.
  private func timer() -> Task<Void, Never>? {
    let now = ContinuousClock.now
    guard self.active.count < self.options.maxRunning,
      let next = self.queue.map(\.notBefore).filter({ $0 > now }).min()
    else { return nil }
    return Task { [wake] in
      do {
        try await Task.sleep(until: next)
        wake.yield(.look)
      } catch {
        // Another timer has taken this one's place.
      }
    }
  }

  // MARK: One job

  private func conduct(_ id: JobID) async {
    var fence: UInt64?
    var end = await self.runJob(id, fence: &fence)
    if case .suspended = end, self.cancelling.contains(id) { end = .stopped(.cancel) }
    let job: JobRecord?
    do throws(StoreError) {
      job = try await self.record(end, of: id, fence: fence)
    } catch {
      job = nil
      end = JobRun.runEnd(of: error)
    }
    self.active[id] = nil
    self.log(end, of: id, job)
    if case .suspended(let reason) = end {
      self.notes[id] = reason
      self.enqueue(id, after: self.options.retryInterval)
    } else {
      self.notes[id] = nil
      self.cancelling.remove(id)
    }
    for waiter in self.waiters.removeValue(forKey: id) ?? [] { waiter.resume() }
    self.wake.yield(.look)
  }

  private func runJob(_ id: JobID, fence: inout UInt64?) async -> RunEnd {
    let claimed: JobRecord
    let settled: Settlement
    do throws(StoreError) {
      claimed = try await self.store.claimJob(id)
      fence = claimed.fence
      if claimed.cancelRequested, claimed.state != .finalizing { return .stopped(.cancel) }
      settled = try await self.settleVersion(of: claimed)
    } catch {
      return JobRun.runEnd(of: error)
    }
    switch settled {
    case .end(let end): return end
    case .version(let version, let record):
      if self.isStopping { return .stopped(.shutdown) }
      if self.cancelling.contains(id), record.state != .finalizing { return .stopped(.cancel) }
      do throws(StoreError) {
        return await self.run(record, version: version, context: try await self.context(of: record, version: version))
      } catch {
        return JobRun.runEnd(of: error)
      }
    }
  }

  private func run(_ record: JobRecord, version: String, context: RunContext) async -> RunEnd {
    var logger = self.logger
    logger[metadataKey: "job"] = "\(record.id)"
    let run = JobRun(
      record, version: version, context: context, limits: self.options.limits, store: self.store,
      transport: self.transport,
      logger: logger)
    self.active[record.id] = .running(run)
    logger.info(
      "job runs",
      metadata: [
        "model": "\(record.job.model)", "version": "\(version)", "rows": "\(record.checkpoint.rows)",
        "fence": "\(record.fence)",
      ])
    return await run.run()
  }

  /// Returns when nobody is at work on the job here any more.
  func runEnded(_ id: JobID) async {
    guard self.active[id] != nil else { return }
    await withCheckedContinuation { self.waiters[id, default: []].append($0) }
  }

  private func log(_ end: RunEnd, of id: JobID, _ job: JobRecord?) {
    var metadata: Logger.Metadata = ["job": "\(id)"]
    if let checkpoint = job?.checkpoint {
      metadata["rows"] = "\(checkpoint.rows)"
      metadata["failed"] = "\(checkpoint.failedRows)"
    }
    switch end {
    case .succeeded: self.logger.info("job succeeded", metadata: metadata)
    case .stopped(.cancel): self.logger.info("job cancelled", metadata: metadata)
    case .stopped(.shutdown): self.logger.info("job stopped", metadata: metadata)
    case .fenced: self.logger.warning("job belongs to another runner now", metadata: metadata)
    case .failed(let reason):
      metadata["reason"] = "\(reason)"
      self.logger.error("job failed", metadata: metadata)
    case .suspended(let reason):
      metadata["reason"] = "\(reason)"
      // Once for each reason, not once a second.
      if self.notes[id] != reason { self.logger.notice("job waits", metadata: metadata) }
    }
  }
}
