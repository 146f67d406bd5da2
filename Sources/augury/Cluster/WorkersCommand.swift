import ArgumentParser
import AuguryClient

/// `augury workers`: a line for each worker, unless something is to be done about them.
struct WorkersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "workers",
    abstract: "Show every worker, its state and the age of its last heartbeat; have workers leave.",
    subcommands: [ListWorkersCommand.self, DrainWorkersCommand.self],
    defaultSubcommand: ListWorkersCommand.self)
}

/// `augury workers list`: a line for each worker.
struct ListWorkersCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Show every worker, its state and the age of its last heartbeat.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Flag(help: "Write a JSON object with all workers.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let workers = try await client.workers()
    if self.json { return try JSONOutput.write(WorkerList(workers: workers)) }
    Terminal.write(ClusterText.workers(workers))
  }
}

/// `augury workers drain`: has workers finish what they have and leave.
struct DrainWorkersCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "drain",
    abstract: "Have workers finish what they have and leave: by name, or all of a version.",
    discussion: "Requests that come meanwhile go to other workers of the version, or wait for one, for a while.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "Workers, as `augury workers` names them.")
  var names: [String] = []

  @Option(help: ArgumentHelp("All workers of this version.", valueName: "model@version"))
  var model: ModelSelector?

  @Flag(help: "Return once they are gone.")
  var wait = false

  @Option(help: ArgumentHelp("With --wait: how long to wait for that at most.", valueName: "time"))
  var timeout = TimeArgument(.seconds(60))

  @Flag(help: "Write a JSON object with the workers' names.")
  var json = false

  func validate() throws {
    guard self.names.isEmpty != (self.model == nil) else {
      throw ValidationError("say which workers: their names, or --model with a version")
    }
    if let model = self.model, model.version == nil {
      throw ValidationError("--model is \(model.model), expected a version too, as in \(model.model)@2")
    }
  }

  func run(with client: AuguryClient) async throws {
    var drained: [String] = []
    for name in self.names {
      try await client.drainWorker(name)
      drained.append(name)
    }
    if let model = self.model, let version = model.version {
      drained += try await client.drainWorkers(of: model.model, version)
    }
    if self.wait { try await self.waitUntilGone(Set(drained), client) }
    if self.json { return try JSONOutput.write(DrainedWorkers(names: drained)) }
    for name in drained { Terminal.write("\(OneLine.text(name)) \(self.wait ? "has left" : "is draining")\n") }
  }

  private func waitUntilGone(_ names: Set<String>, _ client: AuguryClient) async throws {
    let deadline = ContinuousClock.now + self.timeout.duration
    while true {
      let left = try await client.workers().map(\.name).filter { names.contains($0) }
      if left.isEmpty { return }
      guard ContinuousClock.now < deadline else {
        throw PredictionError(
          .deadlineExceeded, reason: "STILL_DRAINING", message: "still draining: \(left.joined(separator: ", "))")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}
