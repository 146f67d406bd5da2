import AuguryClient
import Glibc
import QueueCore
import Store
import Testing

/// Kills the processes of a cluster with a job under way at moments that a seed chooses, and starts them again.
struct Mayhem: ~Copyable {
  /// What one blow hits.
  enum Victim: CaseIterable {
    case worker
    case broker
    /// A process that runs the job, if the broker does not.
    case runner
    case everything
    /// Everything, and what the files hold beyond the last checkpoint is torn as by a loss of power.
    case power
  }

  /// Processes that were killed.
  private(set) var kills = 0
  /// Blows by what they hit.
  private(set) var blows: [Victim: Int] = [:]

  private let cluster: RunningCluster
  private let job: Job
  private var random: SplitMix64
  private let victims: [Victim]
  private var workers: [RunningProgram]
  private var runners: [RunningProgram]
  private var generation = 0

  /// Chaos for a job that is under way, with two workers from now on and, if there are runners, with two of them.
  init(
    _ cluster: RunningCluster, _ job: Job, workers: [RunningProgram], runners: [RunningProgram] = [], seed: UInt64
  ) {
    self.cluster = cluster
    self.job = job
    self.workers = workers
    self.runners = runners
    self.victims =
      runners.isEmpty
      ? [.worker, .worker, .worker, .broker, .broker, .broker, .everything, .power]
      : [.worker, .broker, .runner, .runner, .runner, .everything, .power]
    self.random = SplitMix64(seed: seed)
  }

  /// Waits for a moment while the job's files grow, then kills, then starts anew what is gone.
  mutating func strike() async throws {
    try await self.waitForAMoment()
    let victim = self.victims[Int.random(in: self.victims.indices, using: &self.random)]
    self.blows[victim, default: 0] += 1
    switch victim {
    case .worker: try await self.kill([Self.takeOne(of: &self.workers, using: &self.random)])
    case .runner: try await self.kill([Self.takeOne(of: &self.runners, using: &self.random)])
    case .broker: try await self.kill([try self.cluster.broker])
    case .everything: try await self.killEverything()
    case .power:
      try await self.killEverything()
      try await self.tear()
    }
    try await self.startWhatIsGone()
  }

  private mutating func startWhatIsGone() async throws {
    if try self.cluster.broker.end != nil { try await self.cluster.restartBroker() }
    while self.workers.count < 2 {
      self.generation += 1
      self.workers.append(try self.cluster.launch(.digits("2", "w\(self.generation)")))
    }
    while self.victims.contains(.runner), self.runners.count < 2 {
      self.generation += 1
      // Under a new name: whoever takes the job up must do so as a stranger, at the end of the lease.
      self.runners.append(try self.cluster.launchRunner("r\(self.generation)", leaseSeconds: 1))
    }
  }

  private static func takeOne(
    of programs: inout [RunningProgram], using random: inout SplitMix64
  ) -> RunningProgram {
    programs.remove(at: Int.random(in: programs.indices, using: &random))
  }

  /// A moment is a size that the output is to reach: some at once, some after a few checkpoints.
  private mutating func waitForAMoment() async throws {
    let start = Self.size(Self.partial(self.job.output))
    let target = start + UInt64([0, 1, 1, 20_000, 200_000][Int.random(in: 0..<5, using: &self.random)])
    try await eventually("the job's output to grow", within: .seconds(60)) {
      Self.size(Self.partial(self.job.output)) >= target || fileExists(self.job.output)
    }
  }

  private mutating func killEverything() async throws {
    try await self.kill([try self.cluster.broker] + self.workers + self.runners)
    self.workers.removeAll()
    self.runners.removeAll()
  }

  private mutating func kill(_ programs: [RunningProgram]) async throws {
    for program in programs { program.send(SIGKILL) }
    for program in programs { _ = try await program.waitForEnd() }
    self.kills += programs.count
  }

  /// Leaves of what was not checkpointed some part, and rubbish behind it.
  private mutating func tear() async throws {
    let store = try SQLiteStore(dataDirectory: "\(self.cluster.folder)/data")
    defer { try? store.close() }
    let checkpoint = try await store.existingJob(try #require(JobID(self.job.id))).checkpoint
    for (path, synced) in [
      (Self.partial(self.job.output), checkpoint.outputLength),
      (Self.partial(self.job.errors), checkpoint.errorsLength),
    ] where fileExists(path) {
      let size = Self.size(path)
      try #require(size >= synced, "\(path) has \(size) bytes, but \(synced) were checkpointed")
      #expect(truncate(path, off_t(UInt64.random(in: synced...size, using: &self.random))) == 0)
      guard self.random.chance(oneIn: 2) else { continue }
      let descriptor = open(path, O_WRONLY | O_APPEND)
      _ = write(descriptor, "\u{0}\u{0}{\"torn", 8)
      close(descriptor)
    }
  }

  private static func partial(_ path: String) -> String { "\(path).partial" }

  private static func size(_ path: String) -> UInt64 {
    var status = stat()
    return stat(path, &status) == 0 ? UInt64(clamping: status.st_size) : 0
  }
}
