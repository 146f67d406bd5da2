import ArgumentParser
import AuguryClient
import FoundationEssentials
import Glibc

/// `augury capture export`: captured predictions and what turned out to be true, as a file.
struct ExportCaptureCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write captured predictions as JSON Lines, each with what turned out to be true if that was told.",
    discussion: """
      A line has input, output and probability, and truth, one value a row, where feedback has been given. Whoever \
      trains or estimates with the lines weighs each by 1/probability.
      """)

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(help: "The model.")
  var model: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The file, which is replaced; - writes the output.", valueName: "file"))
  var output: String

  @Option(
    help: ArgumentHelp(
      "Only what was answered since: a time as 2026-01-31T12:00:00Z, or so long ago, as 2h.", valueName: "time"))
  var since: SinceArgument?

  @Option(help: ArgumentHelp("Only predictions of this version.", valueName: "version"))
  var version: String?

  func run(with client: AuguryClient) async throws {
    let file = try ExportFile(path: self.output)
    var query = CaptureQuery(model: self.model, version: self.version, since: self.since?.secondsSince1970)
    var (records, deleted, unreadable) = (0, 0, 0)
    repeat {
      let page = try await client.capturedPredictions(query)
      for record in page.records { try file.write(record) }
      records += page.records.count
      deleted += page.deletedSegments
      unreadable += page.unreadable
      query.position = page.next
    } while query.position != nil
    try file.publish()
    if deleted > 0 { Terminal.complain("\(Units.count(deleted)) files were deleted to make room in the meantime") }
    if unreadable > 0 { Terminal.complain("\(Units.count(unreadable)) captured lines are no records and left out") }
    if self.output != "-" {
      Terminal.write("\(Units.count(records)) predictions in \(OneLine.text(self.output))\n")
    }
    guard deleted == 0, unreadable == 0 else { throw CommandStatus.partial.exitCode }
  }
}

/// A point of time, as such or as so long ago.
struct SinceArgument: ExpressibleByArgument, Equatable {
  var secondsSince1970: Double

  init?(argument: String) {
    if let ago = TimeArgument(argument: argument) {
      self.secondsSince1970 = Date().timeIntervalSince1970 - ago.duration / .seconds(1)
    } else if let date = try? Date(argument, strategy: .iso8601) {
      self.secondsSince1970 = date.timeIntervalSince1970
    } else {
      return nil
    }
  }
}

/// The file of an export: complete, or not there.
private final class ExportFile {
  private let path: String
  private let partialPath: String
  private let stream: UnsafeMutablePointer<FILE>

  /// - Parameter path: Where it will be; - for the output. Throws ``InputError``.
  init(path: String) throws {
    self.path = path
    self.partialPath = "\(path).partial"
    guard let stream = path == "-" ? fdopen(dup(STDOUT_FILENO), "w") : fopen(self.partialPath, "w") else {
      throw InputError(message: "cannot write \(path): \(String(cString: strerror(errno)))")
    }
    self.stream = stream
  }

  func write(_ line: String) throws {
    guard fputs(line, self.stream) >= 0, fputc(0x0A, self.stream) >= 0 else { throw self.failure }
  }

  func publish() throws {
    guard fflush(self.stream) == 0 else { throw self.failure }
    guard self.path != "-" else { return }
    guard rename(self.partialPath, self.path) == 0 else { throw self.failure }
  }

  deinit {
    fclose(self.stream)
    if self.path != "-" { unlink(self.partialPath) }
  }

  private var failure: InputError {
    InputError(message: "cannot write \(self.path): \(String(cString: strerror(errno)))")
  }
}
