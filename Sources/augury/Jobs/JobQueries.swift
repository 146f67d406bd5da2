import ArgumentParser
import AuguryClient

/// The job that a command is about, and the form of what it writes.
struct JobTarget: ParsableArguments {
  @Argument(help: "The job, by the number that submit wrote.")
  var id: String

  @Flag(help: "Write the job as a JSON object.")
  var json = false
}

/// `augury jobs list`: a line for each job.
struct ListJobsCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the batch jobs, the latest last.",
    discussion: "With several of the options only jobs that fit all of them.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Option(
    help: ArgumentHelp(
      "Jobs in one of these states: \(Job.State.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "state,…"),
    transform: StateArgument.parse)
  var state: [Job.State]?

  @Option(help: ArgumentHelp("Jobs of this model.", valueName: "model"))
  var model: String?

  @Option(
    help: ArgumentHelp("Jobs with this label, as team=fraud; any number of times.", valueName: "key=value"),
    transform: LabelArgument.init)
  var label: [LabelArgument] = []

  @Option(help: ArgumentHelp("So many jobs at most, the latest.", valueName: "n"))
  var limit: Int?

  @Flag(help: "Write a JSON object with all jobs.")
  var json = false

  func validate() throws {
    if let limit = self.limit, limit < 1 { throw ValidationError("--limit is \(limit), expected at least 1") }
    if self.model?.isEmpty == true { throw ValidationError("--model is empty, expected the name of a model") }
    _ = try self.filter()
  }

  func run(with client: AuguryClient) async throws {
    let filter = try self.filter()
    let jobs = try await client.jobs(matching: filter)
    if self.json { return try JSONOutput.write(JobList(jobs: jobs)) }
    if jobs.isEmpty, filter != JobFilter() { return Terminal.write("no such jobs\n") }
    Terminal.write(JobText.table(of: jobs, now: WallClock.seconds))
  }

  func filter() throws -> JobFilter {
    do throws(ArgumentError) {
      return JobFilter(
        states: self.state, model: self.model, labels: try LabelArgument.dictionary(self.label), limit: self.limit)
    } catch {
      throw ValidationError(error.description)
    }
  }
}

/// `augury jobs show`: all about one job.
struct ShowJobCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show all about one batch job, and what can be done next.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var target: JobTarget

  func run(with client: AuguryClient) async throws {
    let job = try await client.job(self.target.id)
    if self.target.json { return try JSONOutput.write(job) }
    Terminal.write(JobReport.text(of: job, now: WallClock.seconds))
  }
}

/// `augury jobs watch`: a job's progress until its end.
struct WatchJobCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Watch a batch job until it ends; its end decides the exit code.",
    discussion: """
      On a terminal one line is written over again and again; elsewhere there is a line at each change. A broker that \
      is gone is waited for, 30 seconds long.
      """)

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The job, by the number that submit wrote.")
  var id: String

  @Flag(help: "Write the job as a JSON object at every change.")
  var json = false

  func run(with client: AuguryClient) async throws {
    try await JobWatch(client: client, isJSON: self.json).run(self.id)
  }
}
