import ArgumentParser
import AuguryClient

/// `augury models list`: a line for each version.
struct ListModelsCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the versions: those registered, and those that workers have served.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "Only versions of this model.")
  var model: String?

  @Flag(help: "Write a JSON object with all versions.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let versions = try await client.modelVersions(of: self.model)
    if self.json { return try JSONOutput.write(ModelVersionList(versions: versions)) }
    Terminal.write(ModelText.table(of: versions, now: WallClock.seconds))
  }
}

/// `augury models show`: all about one version.
struct ShowModelCommand: BrokerCommand {
  static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one version of a model.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String

  @Argument(help: "The version, or an alias of it.")
  var version: String

  @Flag(help: "Write the version as a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let version = try await client.modelVersion(self.model, self.version)
    if self.json { return try JSONOutput.write(version) }
    Terminal.write(ModelText.description(of: version, now: WallClock.seconds))
  }
}

/// `augury models delete`: forgets a version.
struct DeleteModelCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Forget a version. Its file stays; a version that is still used is not forgotten.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String

  @Argument(help: "The version.")
  var version: String

  @Flag(help: "Write the version as it was as a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let deleted = try await client.deleteModelVersion(self.model, self.version)
    if self.json { return try JSONOutput.write(deleted) }
    Terminal.write("\(OneLine.text("\(deleted.model)@\(deleted.version)")) is forgotten\n")
  }
}
