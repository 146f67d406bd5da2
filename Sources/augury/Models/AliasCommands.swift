import ArgumentParser
import AuguryClient

/// `augury models alias`: gives a version a second name.
struct SetAliasCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "alias", abstract: "Let an alias, for example champion, stand for a version, now or from now on.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String

  @Argument(help: "The alias.")
  var alias: String

  @Argument(help: "The version.")
  var version: String

  @Flag(help: "Write the alias as a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let set = try await client.setAlias(
      AliasAssignment(model: self.model, alias: self.alias, version: self.version, by: Caller.name))
    if self.json { return try JSONOutput.write(set) }
    Terminal.write("\(OneLine.text("\(set.model)@\(set.alias) is \(set.model)@\(set.version)"))\n")
  }
}

/// `augury models unalias`: takes a second name away.
struct RemoveAliasCommand: BrokerCommand {
  static let configuration = CommandConfiguration(commandName: "unalias", abstract: "Remove an alias.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String

  @Argument(help: "The alias.")
  var alias: String

  @Flag(help: "Write the alias as it was as a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let removed = try await client.removeAlias(self.alias, of: self.model)
    if self.json { return try JSONOutput.write(removed) }
    Terminal.write("\(OneLine.text("\(removed.model)@\(removed.alias) was \(removed.model)@\(removed.version)"))\n")
  }
}
