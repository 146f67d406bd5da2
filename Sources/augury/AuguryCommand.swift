import ArgumentParser

/// The command line of a cluster: predictions, batch jobs, model versions, and what the broker knows.
@main
struct AuguryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "augury",
    abstract: "Predictions, batch jobs and the state of an Augury cluster.",
    discussion: """
      Every command talks to the broker at --broker, else at the endpoint in AUGURY_BROKER, else at \
      \(ConnectionOptions.standardBroker). With --json it writes JSON for programs.

      Exit codes:
        0    all went well
        1    some rows failed, or the batch job did, or some requests of a benchmark
        2    the request was refused: INVALID_ARGUMENT, NOT_FOUND, and so on
        3    UNAVAILABLE or DEADLINE_EXCEEDED: no broker, no worker, or no time
        64   the command line, or a file it names, is no good
        130  interrupted
      """,
    subcommands: [
      PredictCommand.self, JobsCommand.self, ModelsCommand.self, RoutesCommand.self, FeedbackCommand.self,
      CompareCommand.self, RolloutCommand.self, CaptureCommand.self,
      StatusCommand.self,
      WorkersCommand.self, BenchCommand.self,
    ])

  @OptionGroup var connection: ConnectionOptions
}
