import AuguryClient
import Jobs
import Logging
import QueueCore
import Store
import Testing

/// A folder with a store and a cluster, on which job services are started and stopped.
final class Bench: Sendable {
  let folder = TemporaryFolder()
  let cluster = FakeCluster()
  let store: SQLiteStore
  let settings: Settings

  /// How the services of a test are set up: quick, since nobody else is to be spared.
  struct Settings: Sendable {
    var chunkBytes = JobService.Options().chunkBytes
    var maxRunning = 2
    var limits = JobLimits()
    var leaseSeconds = 10.0
    var patience = Duration.milliseconds(50)
    var retentionSeconds = 86_400.0
    var runsJobs = true
  }

  init(_ change: (inout Settings) -> Void = { _ in }) throws {
    self.store = try SQLiteStore(dataDirectory: self.folder.path)
    var settings = Settings()
    settings.limits.firstRetryMilliseconds = 1
    settings.limits.lastRetryMilliseconds = 4
    settings.limits.syncMilliseconds = 5
    // So that a job is not over before a test has looked at it.
    settings.limits.requestChunks = 2
    change(&settings)
    self.settings = settings
  }

  deinit {
    try? self.store.close()
  }

  /// A service, whose runner goes by the same name each time unless another one is given: the one before is dead.
  func makeService(runner name: String = "runner") -> JobService {
    var options = JobService.Options()
    options.chunkBytes = self.settings.chunkBytes
    options.retentionSeconds = self.settings.retentionSeconds
    options.upkeepInterval = .milliseconds(10)
    options.runner = self.settings.runsJobs ? self.runnerOptions(name) : nil
    return JobService(store: self.store, transport: self.cluster, options: options, logger: Self.logger)
  }

  /// A runner without a service.
  func makeRunner(_ name: String) -> JobRunner {
    JobRunner(
      store: self.store, transport: self.cluster, options: self.runnerOptions(name), logger: Self.logger)
  }

  private func runnerOptions(_ name: String) -> JobRunner.Options {
    var options = JobRunner.Options()
    options.name = name
    options.maxRunning = self.settings.maxRunning
    options.limits = self.settings.limits
    options.leaseSeconds = self.settings.leaseSeconds
    options.patience = self.settings.patience
    options.retryInterval = .milliseconds(5)
    options.roomInterval = .milliseconds(20)
    options.pollInterval = .milliseconds(10)
    return options
  }

  private static let logger: Logger = {
    var logger = Logger(label: "jobs") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .critical
    return logger
  }()

  func submission(
    _ input: String = "in.jsonl", _ output: String = "out.jsonl", version: String? = nil, batchSize: Int? = 4,
    overwrite: Bool? = nil
  ) -> JobSubmission {
    JobSubmission(
      model: "digits", version: version, input: self.folder.file(input), output: self.folder.file(output),
      batchSize: batchSize, overwrite: overwrite)
  }

  /// Runs a service while the body does its part, then stops it.
  func running<Value>(_ body: (JobService) async throws -> Value) async throws -> Value {
    let service = self.makeService()
    let task = Task { await service.run() }
    do {
      let value = try await body(service)
      service.stop()
      await task.value
      return value
    } catch {
      service.stop()
      await task.value
      throw error
    }
  }

  /// Submits a job, runs it to its end and returns it as it is then.
  func run(_ submission: JobSubmission) async throws -> Job {
    try await self.running { service in
      let id = try await service.submit(submission).id
      return try await service.ended(id)
    }
  }

  /// Rows of JSON, one a line.
  static func rows(_ count: Int, _ row: (Int) -> String = { "[\($0)]" }) -> String {
    (0..<count).map { row($0) + "\n" }.joined()
  }
}

/// Something that was to happen has not.
struct TimedOut: Error {}

/// Returns as soon as the condition holds.
func eventually(
  isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + .seconds(120)
  while try await !condition() {
    guard ContinuousClock.now < deadline else { throw TimedOut() }
    try await Task.sleep(for: .milliseconds(1))
  }
}

extension JobService {
  /// The job, once it has ended.
  func ended(_ id: String) async throws -> Job {
    try await eventually { try await self.show(id).state.isFinal }
    return try await self.show(id)
  }
}

/// The client's error that the body throws, or nil.
func refusal(_ body: () async throws -> Void) async -> PredictionError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? PredictionError
  }
}
