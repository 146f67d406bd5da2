import ArgumentParser
import AuguryClient

/// `augury jobs list`: a line for each job.
struct ListJobsCommand: BrokerCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the batch jobs.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Flag(help: "Write a JSON object with all jobs.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let jobs = try await client.jobs()
    if self.json { return try JSONOutput.write(JobList(jobs: jobs)) }
    Terminal.write(JobText.table(of: jobs, now: WallClock.seconds))
  }
}

/// `augury jobs show`: all about one job.
struct ShowJobCommand: BrokerCommand {
  static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one batch job.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The job.")
  var id: String

  @Flag(help: "Write the job as a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let job = try await client.job(self.id)
    if self.json { return try JSONOutput.write(job) }
    Terminal.write(JobText.description(of: job, now: WallClock.seconds))
  }
}

/// `augury jobs cancel`: gives a job up.
struct CancelJobCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel", abstract: "Cancel a batch job. What it has written so far stays beside the output.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The job.")
  var id: String

  @Flag(help: "Write the job as a JSON object.")
  var json = false

  func run(with client: AuguryClient) async throws {
    let job = try await client.cancelJob(self.id)
    if self.json { return try JSONOutput.write(job) }
    Terminal.write("job \(OneLine.text(job.id)) \(job.state.rawValue)\n")
  }
}

/// `augury jobs watch`: a job's progress until its end.
struct WatchJobCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Watch a batch job until it ends; its end decides the exit code.",
    discussion: "A broker that is gone is waited for, 30 seconds long.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The job.")
  var id: String

  @Flag(help: "Write the job as a JSON object at every change.")
  var json = false

  func run(with client: AuguryClient) async throws {
    try await JobWatch(client: client, isJSON: self.json).run(self.id)
  }
}
