import ArgumentParser
import AuguryClient

/// `augury routes show`: what is in force.
struct ShowRoutesCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show the route of a model, or of every model that has or had one.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String?

  @Flag(help: "Write a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let changes = try await client.routes(of: self.model)
    if self.json { return try JSONOutput.write(RouteChangeList(changes: changes)) }
    guard !changes.isEmpty else { return Terminal.write("no routes\n") }
    Terminal.write(RouteText.table(of: changes, now: WallClock.seconds))
  }
}

/// `augury routes history`: every change of a model's route.
struct RouteHistoryCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "List every change of a model's route: when, who, why.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String

  @Flag(help: "Write a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let changes = try await client.routeHistory(of: self.model)
    if self.json { return try JSONOutput.write(RouteChangeList(changes: changes)) }
    guard !changes.isEmpty else { return Terminal.write("the route of \(OneLine.text(self.model)) was never set\n") }
    Terminal.write(RouteText.table(of: changes, now: WallClock.seconds))
  }
}
