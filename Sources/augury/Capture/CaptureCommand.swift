import ArgumentParser
import AuguryClient

/// `augury capture`: a share of a model's predictions, kept for later.
struct CaptureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capture",
    abstract: "Capture a share of a model's inputs and outputs, and export them together with feedback.",
    discussion: """
      Captured predictions are kept in the broker's data directory, as files of JSON Lines. Each says with which \
      probability it was chosen. To have the truth beside them, say `augury feedback on MODEL`, too.
      """,
    subcommands: [
      SetCaptureCommand.self, StopCaptureCommand.self, CaptureStatusCommand.self, ExportCaptureCommand.self,
    ])
}

/// `augury capture set`.
struct SetCaptureCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Capture a share of a model's predictions from now on, or change how.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String

  @Option(help: ArgumentHelp("The share of its predictions, above 0 and up to 1.", valueName: "number"))
  var share: Double

  @Option(help: ArgumentHelp("All files together; the oldest are deleted. 1 GiB if not said.", valueName: "bytes"))
  var maxBytes: Int?

  @Option(help: ArgumentHelp("The greatest file. 64 MiB if not said, or a quarter of the whole.", valueName: "bytes"))
  var segmentBytes: Int?

  @Option(help: ArgumentHelp("The greatest age of a file that is written to. An hour if not said.", valueName: "time"))
  var maxAge: TimeArgument?

  @Flag(help: "Write the settings as a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let settings = try await client.capture(
      CaptureSettings(
        model: self.model, share: self.share, maximumBytes: self.maxBytes, segmentBytes: self.segmentBytes,
        segmentSeconds: self.maxAge.map { $0.duration / .seconds(1) }))
    if self.json { return try JSONOutput.write(settings) }
    Terminal.write("\(CaptureText.share(settings.share)) of the predictions of \(OneLine.text(settings.model))\n")
  }
}

/// `augury capture off`.
struct StopCaptureCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "off", abstract: "Capture no further predictions of a model. What has been captured stays.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String

  func run(with client: AuguryClient) async throws {
    try await client.stopCapture(of: self.model)
    Terminal.write("predictions of \(OneLine.text(self.model)) are no longer captured\n")
  }
}

/// `augury capture status`.
struct CaptureStatusCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show what is captured, how much there is, and what was dropped.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Flag(help: "Write a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let status = try await client.captureStatus()
    if self.json { return try JSONOutput.write(status) }
    Terminal.write(CaptureText.text(of: status))
  }
}

/// What is captured, for people.
enum CaptureText {
  /// A share, as percent with as many places as it takes.
  static func share(_ share: Double) -> String {
    let percent = Units.decimal(share * 100, places: 4)
    let cut = percent.reversed().drop { $0 == "0" }
    return String((cut.first == "." ? cut.dropFirst() : cut).reversed()) + " %"
  }

  /// A line a model.
  static func text(of status: CaptureStatus) -> String {
    guard !status.models.isEmpty else { return "no predictions are captured\n" }
    var table = Table([
      .left("MODEL"), .right("SHARE"), .right("RECORDS"), .right("SIZE"), .right("AT MOST"), .right("FILES"),
      .left("DROPPED"),
    ])
    for model in status.models {
      var dropped = model.dropped.sorted { $0.key < $1.key }.map { "\($0.key): \(Units.count($0.value))" }
      if model.tornLines > 0 { dropped.append("torn_lines: \(Units.count(model.tornLines))") }
      table.append([
        model.model, model.settings.map { Self.share($0.share) } ?? "off", Units.count(model.records),
        Units.bytes(model.bytes), model.settings?.maximumBytes.map(Units.bytes) ?? "-", Units.count(model.segments),
        dropped.joined(separator: "  "),
      ])
    }
    return table.text
  }
}
