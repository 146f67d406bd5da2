import AuguryClient
import Glibc
public import Logging
public import QueueCore
public import Store

/// Runs the jobs of a store: claims one after the other as ``JobSchedule`` says, and goes on with those whose runner
/// has died, from their last checkpoint.
///
/// Several runners may share a store. A job belongs to the one that has its lease.
public actor JobRunner {
  /// How jobs are run. Nothing of it shows in the output of a job.
  public struct Options: Sendable {
    /// The name that leases are held under. A runner that is started again under its name takes its jobs up at once, so
    /// no two may have the same.
    public var name = JobRunner.uniqueName()
    /// Jobs that run at the same time.
    public var maxRunning = 2
    /// How much one job takes on at once and how often it makes its work durable.
    public var limits = JobLimits()
    /// How long a lease lasts that is not renewed, in seconds: the time after which another runner takes over.
    public var leaseSeconds = 10.0
    /// The wait before a job that could not go on is looked at again. It doubles, 32-fold at most.
    public var retryInterval: Duration = .seconds(1)
    /// The wait before a job that found no room on the disk is looked at again.
    public var roomInterval: Duration = .seconds(3)
    /// How long a job may run without getting on before it makes room for one that could.
    public var patience: Duration = .seconds(2)
    /// The longest time between two looks at the store.
    public var pollInterval: Duration = .seconds(1)

    /// The defaults.
    public init() {}
  }

  enum Wake: Sendable {
    case look
    case stop
  }

  /// A job that somebody here is at work on.
  struct Activity {
    let record: JobRecord
    /// Nil while its version is being settled.
    var run: JobRun?
    /// Why it is to stop before it has begun to run, or what it was told since.
    var stop: JobStop?
  }

  /// A job that waits for its turn.
  struct Candidate {
    var record: JobRecord
    var notBefore: ContinuousClock.Instant
    /// Times in a row that it could not go on.
    var setbacks = 0
  }

  let store: any MetadataStore
  let transport: any ChunkTransport
  let options: Options
  let logger: Logger
  let disk: Disk
  private let changed: @Sendable () -> Void
  private let wakes: AsyncStream<Wake>
  private let wake: AsyncStream<Wake>.Continuation

  private(set) var isStopping = false
  var queue: [JobID: Candidate] = [:]
  var active: [JobID: Activity] = [:]
  /// What happened to jobs whose record could not be changed, because the store failed.
  private(set) var notes: [JobID: RunEnd] = [:]
  private var setbacks: [JobID: Int] = [:]
  /// The revision that the queue is up to date with.
  private var revision: Int64 = -1
  /// What the cluster serves, as far as it has said so of late; nil before its first answer.
  var served: Result<[ServedVersion], PredictionError>?
  private var isAsking = false
  /// Who waits for the end of a job's run.
  private var waiters: [JobID: [CheckedContinuation<Void, Never>]] = [:]

  /// A runner over this store and this cluster; `changed` is called whenever it has changed a job's state.
  public init(
    store: any MetadataStore, transport: any ChunkTransport, options: Options = Options(), logger: Logger,
    changed: @escaping @Sendable () -> Void = {}
  ) {
    self.store = store
    self.transport = transport
    self.options = options
    self.logger = logger
    self.changed = changed
    self.disk = Disk(label: "augury.jobs")
    (self.wakes, self.wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(64))
  }

  /// A name that no other process on any machine has: host, process, and a random number.
  public static func uniqueName() -> String {
    var host = [CChar](repeating: 0, count: 256)
    gethostname(&host, host.count - 1)
    let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "\(name)-\(getpid())-\(String(UInt32.random(in: 0...(.max)), radix: 16))"
  }

  /// Runs jobs until ``stop()``; returns when each of them has made durable what it had done, and its lease is given
  /// back. To be called once.
  public func run() async {
    await withDiscardingTaskGroup { group in
      var wakes = self.wakes.makeAsyncIterator()
      var timer: Task<Void, Never>?
      while !self.isStopping, !Task.isCancelled {
        await self.lookAtStore()
        self.askCluster(in: &group)
        await self.decide(in: &group)
        timer?.cancel()
        timer = self.timer()
        guard let wake = await wakes.next(isolation: self) else { break }
        if wake == .stop { self.isStopping = true }
      }
      timer?.cancel()
      self.isStopping = true
      for activity in self.active.values { activity.run?.stop(.shutdown) }
    }
  }

  /// Ends ``run()`` soon. The jobs go on with the next runner.
  public nonisolated func stop() {
    self.wake.yield(.stop)
  }

  /// Says that something has changed in the store.
  public nonisolated func look() {
    self.wake.yield(.look)
  }

  // MARK: What others ask

  /// Whether no job runs here.
  public var isIdle: Bool { self.active.isEmpty }

  /// How far the jobs are that run here.
  func progress() -> [JobID: JobProgress] {
    self.active.compactMapValues { $0.run?.monitor.snapshot }
  }

  /// Returns when nobody is at work on the job here any more.
  func runEnded(_ id: JobID) async {
    guard self.active[id] != nil else { return }
    await withCheckedContinuation { self.waiters[id, default: []].append($0) }
  }

  // MARK: Looking

  private func lookAtStore() async {
    do throws(StoreError) {
      let query = JobQuery(states: JobRecord.State.unfinished, changedAfter: self.revision)
      let changes = try await self.store.jobs(matching: query)
      let isFirst = self.revision < 0
      for record in changes {
        self.revision = max(self.revision, record.revision)
        self.take(record)
      }
      self.revision = max(self.revision, 0)
      if isFirst, !changes.isEmpty {
        self.logger.info("unfinished jobs found", metadata: ["jobs": "\(changes.count)"])
      }
    } catch {
      self.logger.error("jobs cannot be read from the store", metadata: ["reason": "\(error)"])
    }
    // Time passes for jobs that do not change, too.
    for activity in self.active.values { activity.run?.obey(activity.record) }
  }

  private func take(_ record: JobRecord) {
    if let activity = self.active[record.id] {
      activity.run?.obey(record)
    } else {
      let known = self.queue[record.id]
      // Whatever was changed, by a resumption for example, may be what it waited for.
      let isSetBack = record.fence == known?.record.fence && record.state == known?.record.state
      self.queue[record.id] = Candidate(
        record: record, notBefore: isSetBack ? known?.notBefore ?? .now : .now)
    }
  }

  /// Asks what versions have workers, if somebody waits for one.
  private func askCluster(in group: inout DiscardingTaskGroup) {
    guard !self.isAsking, !self.queue.isEmpty else { return }
    self.isAsking = true
    group.addTask {
      let answer: Result<[ServedVersion], PredictionError>
      do throws(PredictionError) {
        answer = .success(try await self.transport.versions())
      } catch {
        answer = .failure(error)
      }
      await self.heard(answer)
    }
  }

  private func heard(_ answer: Result<[ServedVersion], PredictionError>) {
    self.isAsking = false
    let isNew = (try? answer.get()) != (try? self.served?.get()) || self.served == nil
    self.served = answer
    if isNew { self.look() }
  }

  /// Wakes the runner when it is time to look again.
  private func timer() -> Task<Void, Never> {
    let now = ContinuousClock.now
    let next = self.queue.values.map(\.notBefore).filter { $0 > now }.min() ?? .now + self.options.pollInterval
    let time = min(next, now + self.options.pollInterval)
    return Task { [wake] in
      do {
        try await Task.sleep(until: time)
        wake.yield(.look)
      } catch {
        // Another timer has taken this one's place.
      }
    }
  }

  // MARK: After a run

  /// A job is not being worked on any more.
  func ended(_ id: JobID, _ end: RunEnd, failing failure: RunEnd?) async {
    self.notes[id] = failure
    let pause: Duration
    switch end {
    case .suspended:
      self.setbacks[id, default: 0] += 1
      pause = self.options.retryInterval * (1 << min(self.setbacks[id, default: 1] - 1, 5))
    case .withoutRoom: pause = self.options.roomInterval
    case .stopped(.setBack): pause = .zero
    default:
      self.setbacks[id] = nil
      pause = failure == nil ? .zero : self.options.retryInterval
    }
    let record = try? await self.store.job(id)
    self.active[id] = nil
    if let record, !record.state.isFinal {
      self.queue[id] = Candidate(record: record, notBefore: .now + pause)
    }
    for waiter in self.waiters.removeValue(forKey: id) ?? [] { waiter.resume() }
    self.changed()
    self.look()
  }

  /// A job has changed its state.
  func tellChange() { self.changed() }
}
