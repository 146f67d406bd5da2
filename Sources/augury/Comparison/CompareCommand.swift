import ArgumentParser
import AuguryClient

/// `augury compare`: what two versions have come to.
struct CompareCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare two versions of a model: requests, errors, latency, agreement and, with feedback, accuracy.",
    discussion: """
      The verdicts come from confidence sequences: they stay valid however often one looks, and one may stop as soon \
      as one likes what one sees. Requests are counted from the broker's start; feedback is all that was ever given.
      """)

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String

  @Argument(help: "The version that the other one is held against.")
  var baseline: String

  @Argument(help: "The version that is looked at.")
  var candidate: String

  @Option(help: ArgumentHelp("The probability of ever finding a difference where none is.", valueName: "number"))
  var alpha: Double?

  @Option(
    help: ArgumentHelp(
      "A difference that does not matter, for example accuracy=0.005; may be repeated.", valueName: "metric=number"),
    transform: MetricArgument.init)
  var margin: [MetricArgument] = []

  @Option(
    help: ArgumentHelp("The greatest absolute error of a predicted number, if there is one.", valueName: "number"))
  var errorBound: Double?

  @Flag(help: "Write a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let comparison = try await client.compare(
      ComparisonRequest(
        model: self.model, baseline: self.baseline, candidate: self.candidate, alpha: self.alpha,
        margins: self.margin.isEmpty ? nil : Dictionary(self.margin.map { ($0.name, $0.value) }) { $1 },
        errorBound: self.errorBound))
    if self.json { return try JSONOutput.write(comparison) }
    Terminal.write(ComparisonText.text(of: comparison))
  }
}
