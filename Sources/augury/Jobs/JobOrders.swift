import ArgumentParser
import AuguryClient

/// A command that has something done to one job and writes how it then stands.
protocol JobOrderCommand: BrokerCommand {
  var target: JobTarget { get }

  /// Gives the order and returns the job as it then stands.
  static func order(_ id: String, to client: AuguryClient) async throws(PredictionError) -> Job
}

extension JobOrderCommand {
  func run(with client: AuguryClient) async throws {
    let job = try await Self.order(self.target.id, to: client)
    if self.target.json { return try JSONOutput.write(job) }
    Terminal.write("\(JobText.state(of: job))\n")
  }
}

/// `augury jobs pause`: lets a job rest.
struct PauseJobCommand: JobOrderCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Let a batch job rest until it is resumed; what it has written is on disk by then.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var target: JobTarget

  static func order(_ id: String, to client: AuguryClient) async throws(PredictionError) -> Job {
    try await client.pauseJob(id)
  }
}

/// `augury jobs resume`: lets a job go on.
struct ResumeJobCommand: JobOrderCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Let a paused batch job go on where it stopped.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var target: JobTarget

  static func order(_ id: String, to client: AuguryClient) async throws(PredictionError) -> Job {
    try await client.resumeJob(id)
  }
}

/// `augury jobs cancel`: gives a job up.
struct CancelJobCommand: JobOrderCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel", abstract: "Cancel a batch job. What it has written so far stays beside the output.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var target: JobTarget

  static func order(_ id: String, to client: AuguryClient) async throws(PredictionError) -> Job {
    try await client.cancelJob(id)
  }
}

/// `augury jobs delete`: forgets a job.
struct DeleteJobCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Forget a batch job that has ended. Its files stay.")

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var target: JobTarget

  func run(with client: AuguryClient) async throws {
    let job = try await client.deleteJob(self.target.id)
    if self.target.json { return try JSONOutput.write(job) }
    Terminal.write("job \(OneLine.text(job.id)) deleted, it had \(job.state.rawValue); its files stay\n")
  }
}

/// `augury jobs retry-failed`: predicts a job's failed rows again.
struct RetryFailedCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry-failed",
    abstract: "Predict the failed rows of a batch job again, by a job of their own.",
    discussion: """
      Rows that can be predicted now take their places in the output of the job that has ended, all at once when the \
      new job ends; the others stay in the errors file.
      """)

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var target: JobTarget

  @Flag(help: "Watch the new job until it ends; its end decides the exit code.")
  var wait = false

  func run(with client: AuguryClient) async throws {
    let job = try await client.retryFailedRows(of: self.target.id)
    if self.wait {
      return try await JobWatch(client: client, isJSON: self.target.json).run(job.id, hasAnswered: true)
    }
    if self.target.json { return try JSONOutput.write(job) }
    Terminal.write(
      "\(JobText.state(of: job)), to predict the failed rows of job \(OneLine.text(self.target.id)) again\n")
  }
}
