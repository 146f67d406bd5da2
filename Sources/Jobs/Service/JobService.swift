import AuguryClient
public import Logging
import QueueCore
public import Store

/// The batch jobs of a cluster, as clients see them: takes jobs on, tells how they are, and passes on what is asked of
/// them. They are run by the runner in it, or by others that share its store.
///
/// All that matters is in the store and in the jobs' files: a service that is started again, after a stop or a crash,
/// goes on where each job's last checkpoint is.
public actor JobService {
  /// What jobs are like that do not say otherwise, and who runs them.
  public struct Options: Sendable {
    /// Rows of a chunk, for jobs that do not say.
    public var defaultBatchSize = 256
    /// Bytes of a request; a row that is larger cannot be predicted.
    public var chunkBytes = 8 << 20
    /// Seconds for which jobs are remembered after their end, if they do not say: 30 days.
    public var retentionSeconds = 30.0 * 86_400
    /// The runner in the service; nil leaves the jobs to others.
    public var runner: JobRunner.Options? = JobRunner.Options()
    /// The time between two looks for jobs that nobody runs and that are to end, or to be forgotten.
    public var upkeepInterval: Duration = .seconds(1)

    /// The defaults.
    public init() {}
  }

  let store: any MetadataStore
  let transport: any ChunkTransport
  let options: Options
  let logger: Logger
  let disk = Disk(label: "augury.jobs.service")
  let runner: JobRunner?
  /// The news of all jobs of the store, whoever runs them.
  public nonisolated let events: JobEventFeed
  let submissions = Gate()
  private let stops: AsyncStream<Void>
  private let stopped: AsyncStream<Void>.Continuation

  /// A service over this store and this cluster. Calls are answered at once; jobs are run with ``run()``.
  public init(
    store: any MetadataStore, transport: any ChunkTransport, options: Options = Options(), logger: Logger
  ) {
    let events = JobEventFeed(store: store, logger: logger)
    self.store = store
    self.transport = transport
    self.options = options
    self.logger = logger
    self.events = events
    self.runner = options.runner.map { options in
      JobRunner(store: store, transport: transport, options: options, logger: logger, changed: { events.look() })
    }
    (self.stops, self.stopped) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Runs jobs until ``stop()``; returns when each of them has made durable what it had done. To be called once.
  public func run() async {
    await withTaskGroup(of: Void.self) { group in
      if let runner = self.runner { group.addTask { await runner.run() } }
      group.addTask { await self.keepUp() }
      for await _ in self.stops { break }
      self.runner?.stop()
      if self.runner != nil { await group.next() }
      group.cancelAll()
    }
  }

  /// Ends ``run()`` soon. The jobs go on when the service is next started.
  public nonisolated func stop() {
    self.stopped.yield()
  }

  /// Something in the store has changed.
  func told() {
    self.runner?.look()
    self.events.look()
  }

  // MARK: Upkeep

  private func keepUp() async {
    var untilPurge = 0
    while !Task.isCancelled {
      await self.settleOrphans()
      if untilPurge == 0 { await self.purge() }
      untilPurge = untilPurge == 0 ? 60 : untilPurge - 1
      try? await Task.sleep(for: self.options.upkeepInterval)
    }
  }

  /// Does what is asked of jobs that nobody runs, those of dead runners among them.
  private func settleOrphans() async {
    do throws(StoreError) {
      for job in try await self.store.jobsToSettle(at: WallClock.seconds) { try await self.settle(job) }
    } catch {
      self.logger.warning("jobs that are to end cannot be ended now", metadata: ["reason": "\(error)"])
    }
  }

  /// Ends a job, or lets it rest, as it is asked to. Nothing happens if somebody runs it after all.
  func settle(_ job: JobRecord) async throws(StoreError) {
    let isExpired = job.job.options.expiresAt.map { $0 <= WallClock.seconds } ?? false
    do throws(StoreError) {
      if job.cancelRequested || isExpired {
        let claim = try await self.store.claimJob(job.id, by: Self.claimant, leaseSeconds: 10, at: WallClock.seconds)
        _ = try await JobEnding(store: self.store, disk: self.disk).giveUp(
          claim, as: job.cancelRequested ? .cancelled : .expired,
          saying: job.cancelRequested ? JobEnding.cancelled : JobEnding.expired)
      } else {
        try await self.store.controlJob(job.id, .pause, at: WallClock.seconds)
      }
      self.told()
    } catch {
      guard [.leased, .finished, .notFound, .fenced].contains(error.code) else { throw error }
    }
  }

  private func purge() async {
    do throws(StoreError) {
      let purged = try await self.store.purgeJobs(
        at: WallClock.seconds, defaultRetentionSeconds: self.options.retentionSeconds)
      if !purged.isEmpty {
        self.logger.info("jobs forgotten, their time is over", metadata: ["jobs": "\(purged.count)"])
        self.told()
      }
    } catch {
      self.logger.warning("jobs cannot be forgotten now", metadata: ["reason": "\(error)"])
    }
  }

  /// What the service claims jobs as that it only ends. One broker has a data directory, so a claim that its death left
  /// is its own.
  static let claimant = "service"
}
