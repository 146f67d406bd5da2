import ArgumentParser
import AuguryClient

/// `augury feedback`: what turned out to be true of predictions.
struct FeedbackCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "feedback",
    abstract: "Say what turned out to be true of predictions, so that versions can be compared by it.",
    discussion: """
      Predictions of a model are remembered once `augury feedback on MODEL` has been said. Each reply tells its \
      prediction's id; feedback may come at any time as long as the prediction is remembered.
      """,
    subcommands: [
      GiveFeedbackCommand.self, ObserveModelCommand.self, StopObservingCommand.self, FeedbackStatusCommand.self,
    ],
    defaultSubcommand: GiveFeedbackCommand.self)
}

/// `augury feedback ID VALUE`, `augury feedback -f FILE`.
struct GiveFeedbackCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "give", abstract: "Give feedback about one prediction, or about those in a file.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The prediction's id, 16 hexadecimal digits.")
  var id: String?

  @Argument(help: "What was true: a number, a text, or a JSON array with a value for each row.")
  var value: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("JSON Lines of {\"id\": …, \"truth\": …}; - reads the input.", valueName: "file"))
  var file: String?

  @Flag(help: "Write what became of the feedback as a JSON object.")
  var json = false

  func validate() throws {
    let isOne = self.id != nil && self.value != nil
    guard isOne != (self.file != nil), isOne || self.id == nil else {
      throw ValidationError("say an id and a value, or --file")
    }
  }

  func run(with client: AuguryClient) async throws {
    var total = FeedbackReceipt()
    if let file = self.file {
      for batch in try FeedbackFile.batches(of: file) { total.add(try await client.giveFeedback(batch)) }
    } else if let id = self.id, let value = self.value {
      total.add(try await client.giveFeedback([FeedbackItem(id: id, truth: FeedbackFile.value(value))]))
    }
    if self.json {
      try JSONOutput.write(total)
    } else {
      for message in total.refused { Terminal.complain(OneLine.text(message)) }
      for id in total.unknown { Terminal.complain("prediction \(OneLine.text(id)) is not remembered") }
      for id in total.repeated { Terminal.complain("prediction \(OneLine.text(id)) had feedback before, which stays") }
      Terminal.write("feedback about \(Units.count(total.accepted)) predictions taken in\n")
    }
    guard total.refused.isEmpty, total.unknown.isEmpty, total.repeated.isEmpty else {
      throw CommandStatus.partial.exitCode
    }
  }
}

extension FeedbackReceipt {
  fileprivate mutating func add(_ other: FeedbackReceipt) {
    self.accepted += other.accepted
    self.repeated += other.repeated
    self.unknown += other.unknown
    self.refused += other.refused
  }
}

/// `augury feedback on`: has predictions remembered.
struct ObserveModelCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "on", abstract: "Have the predictions of a model remembered, so that feedback can be given.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String

  @Option(help: ArgumentHelp("The output that feedback is about, if several have one value a row.", valueName: "name"))
  var output: String?

  @Option(help: ArgumentHelp("Predictions that are remembered at most, the latest.", valueName: "n"))
  var keep = 100_000

  @Option(name: .customLong("for"), help: ArgumentHelp("How long a prediction is remembered.", valueName: "time"))
  var period = TimeArgument(.seconds(7 * 86_400))

  @Flag(help: "Write the settings as a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let settings = try await client.observe(
      FeedbackSettings(
        model: self.model, output: self.output, keptPredictions: self.keep,
        keptSeconds: self.period.duration / .seconds(1)))
    if self.json { return try JSONOutput.write(settings) }
    Terminal.write("predictions of \(OneLine.text(settings.model)) are remembered\n")
  }
}

/// `augury feedback off`: stops remembering predictions.
struct StopObservingCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "off", abstract: "Stop remembering the predictions of a model. What is remembered stays for its time.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String

  func run(with client: AuguryClient) async throws {
    try await client.stopObserving(self.model)
    Terminal.write("predictions of \(OneLine.text(self.model)) are no longer remembered\n")
  }
}

/// `augury feedback status`: what is remembered and given.
struct FeedbackStatusCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show what is remembered, what was given, and what was dropped.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Flag(help: "Write a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let status = try await client.feedbackStatus()
    if self.json { return try JSONOutput.write(status) }
    var table = Table([.left("MODEL"), .right("REMEMBERED"), .right("AT MOST"), .right("FOR"), .left("FEEDBACK")])
    for model in status.models {
      let given = model.given.sorted { $0.key < $1.key }.map { "\($0.key): \(Units.count($0.value))" }
      table.append([
        model.settings.model, Units.count(model.remembered), Units.count(model.settings.keptPredictions ?? 0),
        Units.seconds(model.settings.keptSeconds ?? 0), given.joined(separator: "  "),
      ])
    }
    Terminal.write(status.models.isEmpty ? "no predictions are remembered\n" : table.text)
    for (name, count) in status.counters.sorted(by: { $0.key < $1.key }) where count > 0 {
      Terminal.write("\(name) \(Units.count(count))\n")
    }
  }
}
