import ArgumentParser

/// `augury jobs`: batch jobs.
struct JobsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs",
    abstract: "Submit, watch and steer batch jobs.",
    discussion: """
      Exit codes of watch, and of submit and retry-failed with --wait:
        0    the job succeeded, with every row
        1    some rows failed, or the job failed, expired or was cancelled
        2    the request was refused, for example: there is no such job
        3    no broker, or none for 30 seconds
        64   the command line is no good
        130  interrupted; the job goes on
      The other commands end with 0 once the broker has done what they ask,
      whatever state the job is in.
      """,
    subcommands: [
      SubmitJobCommand.self, ListJobsCommand.self, ShowJobCommand.self, WatchJobCommand.self, PauseJobCommand.self,
      ResumeJobCommand.self, CancelJobCommand.self, RetryFailedCommand.self, DeleteJobCommand.self,
      RunJobsCommand.self,
    ])
}
