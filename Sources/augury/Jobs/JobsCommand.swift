import ArgumentParser

/// `augury jobs`: batch jobs.
struct JobsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs",
    abstract: "Submit, watch and cancel batch jobs.",
    subcommands: [
      SubmitJobCommand.self, ListJobsCommand.self, ShowJobCommand.self, WatchJobCommand.self, CancelJobCommand.self,
      RunJobsCommand.self,
    ])
}
