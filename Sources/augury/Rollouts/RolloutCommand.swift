import ArgumentParser
import AuguryClient

/// `augury rollout`: progressive rollouts.
struct RolloutCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollout",
    abstract: "Give a version a growing share of its model's requests, as long as all is well.",
    subcommands: [
      StartRolloutCommand.self, RolloutStatusCommand.self, PauseRolloutCommand.self, ResumeRolloutCommand.self,
      PromoteRolloutCommand.self, AbortRolloutCommand.self, RolloutHistoryCommand.self,
    ])
}

/// `augury rollout start`: begins one.
struct StartRolloutCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "start",
    abstract: "Start a rollout, for example: augury rollout start digits --to 3 --steps 5,50,100 --hold 10m",
    discussion: """
      A step ends once its hold is over, the candidate has got enough requests, and every guard holds. A guard that \
      fails for --fail-for without a break brings the original route back. Guards are error_rate, accuracy, mae, rmse, \
      p50, p99 and so on with a limit, as in "error_rate<1%", "p99<20ms" or "accuracy>=baseline-0.5%". A rollout goes \
      on after a restart of the broker; whoever sets the route meanwhile ends it.
      """)

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String

  @Option(help: ArgumentHelp("The version that is rolled out.", valueName: "version"))
  var to: String

  @Option(help: ArgumentHelp("The version that has all traffic now, if the model has no route.", valueName: "version"))
  var from: String?

  @Option(help: ArgumentHelp("The candidate's shares in percent.", valueName: "percents"))
  var steps = "1,5,25,50,100"

  @Option(help: ArgumentHelp("How long each step lasts at least.", valueName: "time"))
  var hold = TimeArgument(.seconds(600))

  @Option(
    name: .customLong("guard"), help: ArgumentHelp("A condition; may be repeated.", valueName: "metric<limit"))
  var guards: [String] = []

  @Option(help: ArgumentHelp("How long a guard must fail before something is done.", valueName: "time"))
  var failFor = TimeArgument(.seconds(30))

  @Option(help: ArgumentHelp("Requests that the candidate needs in each step.", valueName: "n"))
  var minRequests: Int?

  @Option(help: ArgumentHelp("Predictions with feedback that guards on them need.", valueName: "n"))
  var minScores: Int?

  @Flag(help: "Wait for an operator when a guard fails, in the place of rolling back.")
  var pauseOnFailure = false

  @Flag(help: "Write the rollout as a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let rollout = try await client.startRollout(
      RolloutRequest(
        model: self.model, candidate: self.to, baseline: self.from, steps: self.steps,
        holdSeconds: self.hold.duration / .seconds(1), guards: self.guards,
        failForSeconds: self.failFor.duration / .seconds(1), minimumRequests: self.minRequests,
        minimumScores: self.minScores, pausesOnFailure: self.pauseOnFailure, by: Caller.name))
    if self.json { return try JSONOutput.write(rollout) }
    Terminal.write(RolloutText.description(of: rollout))
  }
}

/// `augury rollout status`: how it stands.
struct RolloutStatusCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show the last rollout of a model, or of every model.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String?

  @Flag(help: "Write a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let rollouts = try await client.rollouts(of: self.model)
    if self.json { return try JSONOutput.write(RolloutList(rollouts: rollouts)) }
    Terminal.write(rollouts.isEmpty ? "no rollouts\n" : rollouts.map(RolloutText.description).joined(separator: "\n"))
  }
}

/// `augury rollout history`: all that happened.
struct RolloutHistoryCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "List all rollouts of a model, with all that happened in them.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String

  @Flag(help: "Write a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let rollouts = try await client.rolloutHistory(of: self.model)
    if self.json { return try JSONOutput.write(RolloutList(rollouts: rollouts)) }
    Terminal.write(
      rollouts.isEmpty
        ? "no rollouts\n" : rollouts.map { RolloutText.history(of: $0, now: WallClock.seconds) }.joined(separator: "\n")
    )
  }
}
