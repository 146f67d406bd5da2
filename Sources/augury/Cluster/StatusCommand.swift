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
