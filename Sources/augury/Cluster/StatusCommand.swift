import ArgumentParser
import AuguryClient

/// `augury status`: the broker, and a line for each model version.
struct StatusCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show the broker and the sums of each model version.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Flag(help: "Write the whole state as a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let status = try await client.status()
    if self.json { return try JSONOutput.write(status) }
    Terminal.write(ClusterText.status(status))
  }
}

/// `augury workers`: a line for each worker.
struct WorkersCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "workers", abstract: "Show every worker, its state and the age of its last heartbeat.")

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
