import ArgumentParser
import AuguryClient

/// When and how fast a job runs, when it is given up, and how it is found again.
struct ScheduleArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Rows that are predicted together, in one engine call if the workers' --max-batch-size allows. Several such "
        + "batches travel in one request if they are quick. (default: 256)", valueName: "n"))
  var batchSize: Int?

  @Option(
    help: ArgumentHelp("Requests on the way at once, at most. (default: what the workers can take)", valueName: "n"))
  var concurrency: Int?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Jobs of a higher priority go first. (default: 0)", valueName: "n"))
  var priority: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "When it should have ended: a time as 2026-11-25T18:00:00+01:00, or from now, as 2h. Among jobs of one priority "
        + "the earliest goes first; a job that will be late says so.", valueName: "time"),
    transform: TimeLimitArgument.init)
  var finishBy: TimeLimitArgument?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Give it up if it has not ended after this time, as 12h.", valueName: "time"),
    transform: LengthArgument.parse)
  var expiresIn: TimeArgument?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How long it is remembered after its end, as 30d; its files stay.", valueName: "time"),
    transform: LengthArgument.parse)
  var retention: TimeArgument?

  @Option(
    help: ArgumentHelp("What to find it by, as team=fraud; any number of times.", valueName: "key=value"),
    transform: LabelArgument.init)
  var label: [LabelArgument] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Give it up when more rows than this have failed: 100, or 0.5%.", valueName: "n | p%"),
    transform: ErrorLimitArgument.init)
  var maxErrors: ErrorLimitArgument?

  @Option(help: ArgumentHelp("Submitting again with the same key gives the same job.", valueName: "key"))
  var idempotencyKey: String?

  @Option(
    help: ArgumentHelp("Where its end is told to by HTTP POST, if the operator allows it.", valueName: "url"))
  var notify: String?

  @Flag(help: "Do not force what is written to disk: faster, and not safe from a loss of power.")
  var noSync = false

  func validate() throws {
    if let size = self.batchSize, size < 1 { throw ValidationError("--batch-size is \(size), expected at least 1") }
    if let count = self.concurrency, count < 1 {
      throw ValidationError("--concurrency is \(count), expected at least 1")
    }
    if let time = self.finishBy?.seconds(now: WallClock.seconds), time <= WallClock.seconds {
      throw ValidationError("--finish-by is \(Timestamp.text(of: time)), which is past; expected a time to come")
    }
    if let length = self.expiresIn, length.seconds <= 0 {
      throw ValidationError("--expires-in is 0, expected a length of time, as 12h")
    }
    if self.idempotencyKey?.isEmpty == true {
      throw ValidationError("--idempotency-key is empty, expected a text that only this job has")
    }
    if let url = self.notify, !["http://", "https://"].contains(where: { url.lowercased().hasPrefix($0) }) {
      throw ValidationError("--notify is '\(url)', expected a URL that begins with http:// or https://")
    }
    _ = try self.labels()
  }

  /// Writes what was said into a submission.
  func apply(to job: inout JobSubmission, now: Double) throws {
    job.batchSize = self.batchSize
    job.concurrency = self.concurrency
    job.priority = self.priority
    job.finishBy = self.finishBy?.seconds(now: now)
    job.expiresAt = self.expiresIn.map { now + $0.seconds }
    job.retentionSeconds = self.retention?.seconds
    job.labels = try self.labels()
    switch self.maxErrors {
    case .rows(let rows): job.maxErrors = rows
    case .percent(let share): job.maxErrorPercent = share
    case nil: break
    }
    job.idempotencyKey = self.idempotencyKey
    job.notifyURL = self.notify
    job.sync = self.noSync ? false : nil
  }

  private func labels() throws -> [String: String]? {
    do throws(ArgumentError) {
      return try LabelArgument.dictionary(self.label)
    } catch {
      throw ValidationError(error.description)
    }
  }
}
