import ArgumentParser
import AuguryClient

/// What may be said about a version beside its artifact.
struct VersionDetailOptions: ParsableArguments {
  @Option(
    name: .customLong("label"),
    help: ArgumentHelp("Something to find it by; may be repeated, an empty text removes it.", valueName: "name=text"),
    transform: LabelArgument.init)
  var labels: [LabelArgument] = []

  @Option(
    name: .customLong("metric"),
    help: ArgumentHelp("How good it is, for example accuracy=0.97; may be repeated.", valueName: "name=number"),
    transform: MetricArgument.init)
  var metrics: [MetricArgument] = []

  @Option(help: ArgumentHelp("What it is.", valueName: "text"))
  var description: String?

  @Option(help: ArgumentHelp("Where it is in its life, for example candidate.", valueName: "word"))
  var stage: String?

  /// The details of a version; of a name that is given twice the last one counts.
  func registration(model: String, version: String, path: String?) -> ModelRegistration {
    ModelRegistration(
      model: model, version: version, path: path, stage: self.stage, description: self.description,
      labels: self.labels.isEmpty ? nil : Dictionary(self.labels.map { ($0.key, $0.value) }) { $1 },
      metrics: self.metrics.isEmpty ? nil : Dictionary(self.metrics.map { ($0.name, $0.value) }) { $1 })
  }
}

/// `augury models register`: tells the cluster which artifact a version is.
struct RegisterModelCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "register",
    abstract: "Register a version of a model: its artifact, and what is known about it.",
    discussion: """
      The file is read by the broker, on its machine; a relative path is taken from the present directory. From then \
      on workers of the version must serve that very file, and `worker --model NAME --version VERSION` finds it by \
      itself. To register the same file again adds what is new about it; another file needs another version.
      """)

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String

  @Argument(help: "The version.")
  var version: String

  @Option(help: ArgumentHelp("The artifact, an ONNX model.", valueName: "model.onnx"))
  var file: String

  @OptionGroup var details: VersionDetailOptions

  @Option(help: ArgumentHelp("How long the broker may take to read the file.", valueName: "time"))
  var timeout = TimeArgument(.seconds(60))

  @Flag(help: "Write the version as a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let path = SubmitJobCommand.absolute(self.file, in: try SubmitJobCommand.currentDirectory())
    let registered = try await client.register(
      self.details.registration(model: self.model, version: self.version, path: path), timeout: self.timeout.duration)
    if self.json { return try JSONOutput.write(registered) }
    Terminal.write(ModelText.description(of: registered, now: WallClock.seconds))
  }
}

/// `augury models update`: changes what is known about a version.
struct UpdateModelCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "update", abstract: "Change what the registry says about a version, but for its artifact.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String

  @Argument(help: "The version.")
  var version: String

  @OptionGroup var details: VersionDetailOptions

  @Flag(help: "Write the version as a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let updated = try await client.updateModel(
      self.details.registration(model: self.model, version: self.version, path: nil))
    if self.json { return try JSONOutput.write(updated) }
    Terminal.write(ModelText.description(of: updated, now: WallClock.seconds))
  }
}
