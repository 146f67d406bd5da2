import ArgumentParser
import AuguryClient
import Glibc

/// `augury jobs submit`: makes a job, and waits for its end if asked to.
struct SubmitJobCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Predict every row of a file, by a job that outlives this command.",
    discussion: """
      The input is JSON Lines, CSV with a header or a NumPy array, also compressed with gzip. The files are those of \
      the machine that runs the job, by default the broker's; relative paths are taken from the present directory. \
      Rows that cannot be predicted get their line in the errors file beside the output. Whatever dies on the way, \
      the output is complete, in order, and the same to the byte.
      """)

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Option(
    help: ArgumentHelp("The model, and the version if not the broker is to choose it.", valueName: "model[@version]"))
  var model: ModelSelector

  @Option(help: ArgumentHelp("What to predict, one row after the other.", valueName: "file"))
  var input: String

  @Option(
    help: ArgumentHelp("Where the predictions go, one row for each that could be predicted.", valueName: "file"))
  var output: String

  @OptionGroup(title: "Rows") var rows: RowArguments
  @OptionGroup(title: "Running") var schedule: ScheduleArguments

  @Flag(help: "Replace an output that is there already.")
  var overwrite = false

  @Flag(help: "Watch the job until it ends; its end decides the exit code.")
  var wait = false

  @Flag(help: "Write the job as a JSON object, with --wait at every change.")
  var json = false

  func validate() throws {
    if self.input.isEmpty { throw ValidationError("--input is empty, expected a path") }
    if self.output.isEmpty { throw ValidationError("--output is empty, expected a path") }
  }

  func run(with client: AuguryClient) async throws {
    let job = try await client.submit(try self.submission(in: try Self.currentDirectory(), now: WallClock.seconds))
    if self.wait { return try await JobWatch(client: client, isJSON: self.json).run(job.id, hasAnswered: true) }
    if self.json { return try JSONOutput.write(job) }
    Terminal.write("job \(OneLine.text(job.id)) \(job.state.rawValue)\n")
  }

  /// What the arguments say, in a process with this present directory.
  func submission(in directory: String, now: Double) throws -> JobSubmission {
    var job = JobSubmission(
      model: self.model.model, version: self.model.version,
      input: Self.absolute(self.input, in: directory), output: Self.absolute(self.output, in: directory),
      overwrite: self.overwrite ? true : nil)
    try self.rows.apply(to: &job)
    try self.schedule.apply(to: &job, now: now)
    return job
  }

  /// A path that means the same in a process with another directory.
  static func absolute(_ path: String, in directory: String) -> String {
    if path.hasPrefix("/") { return path }
    let relative = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
    return directory.hasSuffix("/") ? directory + relative : "\(directory)/\(relative)"
  }

  static func currentDirectory() throws -> String {
    guard let path = getcwd(nil, 0) else {
      throw InputError(message: "cannot tell the present directory: \(String(cString: strerror(errno)))")
    }
    defer { free(path) }
    return String(cString: path)
  }
}
