import AuguryClient
import Testing

/// How a worker is to be started.
struct WorkerPlan {
  var name: String
  var model: String
  var version: String
  var engine: [String]
  var flags: [String] = []
  /// Given to the worker unless `flags` has its own: slow machines are to take nobody for dead.
  var heartbeat = ["--heartbeat", "400ms", "--liveness", "15"]

  /// A worker that gives back what it gets.
  static func echo(
    _ name: String, model: String = "echo", version: String = "1", flags: [String] = []
  ) -> WorkerPlan {
    WorkerPlan(name: name, model: model, version: version, engine: ["--engine", "echo"], flags: flags)
  }

  /// A worker that serves a version of the example.
  static func digits(_ version: String, _ name: String, flags: [String] = []) -> WorkerPlan {
    WorkerPlan(
      name: name, model: "digits", version: version, engine: ["--repository", Programs.models], flags: flags)
  }

  /// The same worker, taken for dead after so much silence.
  func beating(every interval: String, liveness: Int) -> WorkerPlan {
    var plan = self
    plan.heartbeat = ["--heartbeat", interval, "--liveness", "\(liveness)"]
    return plan
  }

  func arguments(broker: String) -> [String] {
    ["--model", self.model, "--version", self.version, "--name", self.name, "--broker", broker]
      + self.engine + self.heartbeat + self.flags
  }
}

extension RunningCluster {
  /// Starts a worker and does not wait for it.
  func launch(_ plan: WorkerPlan) throws -> RunningProgram {
    try self.start(
      "\(Programs.folder)/worker", plan.arguments(broker: self.endpoints.backend), name: plan.name)
  }

  /// Starts workers and waits until all of them take requests.
  @discardableResult
  func startWorkers(_ plans: WorkerPlan...) async throws -> [RunningProgram] {
    let programs = try plans.map { plan in try self.launch(plan) }
    try await self.waitUntilReady(plans.map(\.name), programs)
    return programs
  }

  /// Starts a worker and waits until it takes requests.
  @discardableResult
  func startWorker(_ plan: WorkerPlan) async throws -> RunningProgram {
    let program = try self.launch(plan)
    try await self.waitUntilReady([plan.name], [program])
    return program
  }

  /// Waits until workers of these names take requests.
  func waitUntilReady(_ names: [String], _ programs: [RunningProgram] = []) async throws {
    try await eventually("workers \(names) to be ready") {
      if let dead = programs.first(where: { $0.hasDied }), let end = dead.end {
        throw DiedEarly(what: dead.name, end: end)
      }
      let ready = try await self.client.workers().filter { [.ready, .busy].contains($0.state) }.map(\.name)
      return names.allSatisfy { ready.contains($0) }
    }
  }

  /// Waits until no worker of this name is known.
  func waitUntilGone(_ name: String) async throws {
    try await eventually("worker \(name) to be gone") {
      try await !self.client.workers().contains { $0.name == name }
    }
  }

  /// A worker's entry in the broker's table.
  func worker(_ name: String) async throws -> WorkerStatus? {
    try await self.client.workers().first { $0.name == name }
  }

  /// A batch job as the broker knows it. Asks again if the broker was restarted meanwhile: a client cannot tell whether
  /// the old one took its request along.
  func job(_ id: String) async throws -> Job {
    try await eventually("word about job \(id)") { try await self.client.job(id) }
  }

  /// Starts a runner of batch jobs in a process of its own, for a cluster with `--no-job-runner`, and does not wait.
  func launchRunner(_ name: String, leaseSeconds: Int = 2) throws -> RunningProgram {
    try self.start(
      "\(Programs.folder)/augury",
      [
        "jobs", "run", "--data-dir", "\(self.folder)/data", "--broker", self.endpoints.frontend, "--name", name,
        "--lease-seconds", "\(leaseSeconds)",
      ], name: name)
  }

  /// One of the broker's counters.
  func counter(_ name: String) async throws -> Int {
    try #require(try await self.client.status().counters[name], "the broker has no counter \(name)")
  }

  /// A version's entry in the broker's table.
  func version(_ model: String, _ version: String) async throws -> VersionStatus {
    try #require(try await self.client.status().models.first { $0.model == model && $0.version == version })
  }
}
