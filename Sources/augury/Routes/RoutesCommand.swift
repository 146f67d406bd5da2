import ArgumentParser
import AuguryClient

/// `augury routes`: how requests that name no version are routed.
struct RoutesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "routes",
    abstract: "Share a model's requests out among its versions.",
    subcommands: [
      SetRouteCommand.self, ShowRoutesCommand.self, RouteHistoryCommand.self, RollBackRouteCommand.self,
      RemoveRouteCommand.self,
    ])
}

/// What is said about a change of a route, for the record.
struct ChangeOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Why, for the history.", valueName: "text"))
  var reason: String?

  @Flag(help: "Write the change as a JSON object.")
  var json = false

  /// Shows a change that was made.
  func show(_ change: RouteChange) throws {
    if self.json { return try JSONOutput.write(change) }
    Terminal.write("\(RouteText.line(for: change))\n")
  }
}

/// `augury routes set`: gives a model a route.
struct SetRouteCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Share a model's requests out by weight, for example: augury routes set digits 1=90 2=10",
    discussion: """
      Holds for requests that name no version, from then on. A request with a routing key always goes to the same \
      version; a change of the weights moves as few keys as can be. What is not said is off: a route is set as a whole.
      """)

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String

  @Argument(help: ArgumentHelp("Versions and their weights.", valueName: "version=weight"))
  var variants: [VariantArgument]

  @Flag(help: "Requests without a routing key stay with one version as long as they come from the same client.")
  var sticky = false

  @Option(
    help: ArgumentHelp(
      "A version that gets copies of all requests, or of a share such as 3=25%; may be repeated.",
      valueName: "version[=share]"))
  var shadow: [ShadowArgument] = []

  @Flag(inversion: .prefixedNo, help: "The share of a version without workers falls to the others.")
  var fallback = false

  @OptionGroup var options: ChangeOptions

  func run(with client: AuguryClient) async throws {
    let route = RouteSpecification(
      variants: self.variants.map(\.variant), sticky: self.sticky, shadows: self.shadow.map(\.shadow),
      fallback: self.fallback)
    try self.options.show(
      try await client.setRoute(
        RouteAssignment(model: self.model, route: route, by: Caller.name, reason: self.options.reason)))
  }
}

/// `augury routes rollback`: puts an earlier route in force again.
struct RollBackRouteCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback", abstract: "Put the route before the present one in force again, or an earlier one.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String

  @Option(help: ArgumentHelp("The epoch whose route is wanted, as `augury routes history` tells.", valueName: "epoch"))
  var to: Int?

  @OptionGroup var options: ChangeOptions

  func run(with client: AuguryClient) async throws {
    try self.options.show(
      try await client.rollBackRoute(
        RouteOrder(model: self.model, epoch: self.to, by: Caller.name, reason: self.options.reason)))
  }
}

/// `augury routes remove`: takes a model's route away.
struct RemoveRouteCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Take a model's route away: the highest ready version answers again.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String

  @OptionGroup var options: ChangeOptions

  func run(with client: AuguryClient) async throws {
    try self.options.show(
      try await client.removeRoute(
        RouteOrder(model: self.model, by: Caller.name, reason: self.options.reason)))
  }
}
