import ArgumentParser
import AuguryClient
import Glibc

/// `augury jobs submit`: makes a job, and waits for its end if asked to.
struct SubmitJobCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Predict every row of a JSON Lines file, by a job that outlives this command.",
    discussion: """
      The files are those of the machine that runs the job, by default the broker's; relative paths are taken from the \
      present directory. Rows that cannot be predicted get their line in the errors file beside the output.
      """)

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Option(
    help: ArgumentHelp("The model, and the version if not the broker is to choose it.", valueName: "model[@version]"))
  var model: ModelSelector

  @Option(help: ArgumentHelp("What to predict: JSON Lines, one instance a line.", valueName: "file"))
  var input: String

  @Option(
    help: ArgumentHelp("Where the predictions go, one line for each row that could be predicted.", valueName: "file"))
  var output: String

  @Option(help: ArgumentHelp("Rows that travel in one request.", valueName: "n"))
  var batchSize: Int?

  @Flag(help: "Replace an output that is there already.")
  var overwrite = false

  @Flag(help: "Watch the job until it ends; its end decides the exit code.")
  var wait = false

  @Flag(help: "Write the job as a JSON object, with --wait at every change.")
  var json = false

  func validate() throws {
    if let size = self.batchSize, size < 1 { throw ValidationError("--batch-size is \(size), expected at least 1") }
    if self.input.isEmpty { throw ValidationError("--input is empty, expected a path") }
    if self.output.isEmpty { throw ValidationError("--output is empty, expected a path") }
  }

  func run(with client: AuguryClient) async throws {
    let directory = try Self.currentDirectory()
    let job = try await client.submit(
      JobSubmission(
        model: self.model.model, version: self.model.version,
        input: Self.absolute(self.input, in: directory), output: Self.absolute(self.output, in: directory),
        batchSize: self.batchSize, overwrite: self.overwrite ? true : nil))
    if self.wait { return try await JobWatch(client: client, isJSON: self.json).run(job.id, hasAnswered: true) }
    if self.json { return try JSONOutput.write(job) }
    Terminal.write("job \(OneLine.text(job.id)) \(job.state.rawValue)\n")
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
