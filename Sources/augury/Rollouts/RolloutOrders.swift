import ArgumentParser
import AuguryClient

/// What is said with an order about a rollout.
struct RolloutOrderOptions: ParsableArguments {
  @Argument(help: "The model.")
  var model: String

  @Option(help: ArgumentHelp("Why, for the history.", valueName: "text"))
  var reason: String?

  @Flag(help: "Write the rollout as a JSON object.")
  var json = false

  /// Orders it, and shows what came of it.
  func order(_ method: String, _ client: AuguryClient) async throws {
    let rollout = try await client.orderRollout(
      method, RolloutOrder(model: self.model, by: Caller.name, reason: self.reason))
    if self.json { return try JSONOutput.write(rollout) }
    Terminal.write(RolloutText.description(of: rollout))
  }
}

/// `augury rollout pause`.
struct PauseRolloutCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Keep a rollout where it is. Its guards stay in force.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var options: RolloutOrderOptions

  func run(with client: AuguryClient) async throws {
    try await self.options.order(ControlMethod.pauseRollout, client)
  }
}

/// `augury rollout resume`.
struct ResumeRolloutCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Let a paused rollout go on.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var options: RolloutOrderOptions

  func run(with client: AuguryClient) async throws {
    try await self.options.order(ControlMethod.resumeRollout, client)
  }
}

/// `augury rollout promote`.
struct PromoteRolloutCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "promote", abstract: "Give the candidate all requests now, and end the rollout.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var options: RolloutOrderOptions

  func run(with client: AuguryClient) async throws {
    try await self.options.order(ControlMethod.promoteRollout, client)
  }
}

/// `augury rollout abort`.
struct AbortRolloutCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "abort", abstract: "Bring the original route back, and end the rollout.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var options: RolloutOrderOptions

  func run(with client: AuguryClient) async throws {
    try await self.options.order(ControlMethod.abortRollout, client)
  }
}
