import ArgumentParser
import AuguryClient
import QueueCore

/// `augury predict`: a document, or rows, through the broker.
struct PredictCommand: BrokerCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predict a JSON document or JSON Lines.",
    discussion: """
      The input is a JSON document that has "instances" or "inputs" at its top level: it is sent as it is, and the \
      reply is written as it comes. Or it is JSON Lines, one instance a line: each line is a request of its own, many \
      are under way at once, and predictions are written in the order of the rows, one a line.

      Rows are counted from 1, as in the errors of batch jobs; blank lines are none. A row that fails is told on the \
      error stream, and with --json on the output too; the others go on. What would fail every row (no such model, no \
      broker) ends the command.
      """)

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(
    help: ArgumentHelp("The model, and the version if not the broker is to choose it.", valueName: "model[@version]"))
  var selector: ModelSelector

  @Option(name: .shortAndLong, help: ArgumentHelp("The input; - or nothing for the standard input.", valueName: "file"))
  var file: String?

  @Option(help: ArgumentHelp("The time for each request: 500ms, 1s, 2m, or seconds.", valueName: "time"))
  var timeout = TimeArgument(.seconds(30))

  @Option(name: .customLong("class"), help: "How urgent it is.")
  var urgency = ClassArgument.online

  @Option(
    help: ArgumentHelp(
      "What the model's route chooses the version by, for example a user: the same key, the same version.",
      valueName: "text"))
  var key: String?

  @Option(help: ArgumentHelp("Rows under way at once, 1 to 4096.", valueName: "n"))
  var concurrency = 16

  @Flag(help: "Write one JSON object for each row, with its origin and times.")
  var json = false

  func validate() throws {
    guard (1...4096).contains(self.concurrency) else {
      throw ValidationError("--concurrency is \(self.concurrency), expected 1 to 4096")
    }
  }

  func run(with client: AuguryClient) async throws {
    switch try await PredictionInput.open(try ChunkReader(path: self.file)) {
    case .document(let document): try await self.predict(document, with: client)
    case .rows(let rows): try await self.predict(rows, with: client)
    }
  }

  // MARK: - A document

  private func predict(_ document: [UInt8], with client: AuguryClient) async throws {
    let start = ContinuousClock.now
    let reply = try await self.send(document, with: client)
    let latency = ContinuousClock.now - start
    let content = reply.content.first ?? []
    Terminal.write(content.last == UInt8(ascii: "\n") ? content : content + [UInt8(ascii: "\n")])
    let origin = reply.origin.map { "\($0.model)@\($0.version) by \($0.worker) in " } ?? ""
    Terminal.note(
      OneLine.text(
        "\(origin)\(Units.seconds(latency / .seconds(1))), queue "
          + "\(Units.seconds(Double(reply.queueMicroseconds) / 1e6)), compute "
          + Units.seconds(Double(reply.computeMicroseconds) / 1e6)))
  }

  private func send(_ document: [UInt8], with client: AuguryClient) async throws(PredictionError) -> RawReply {
    try await client.send(
      self.selector.model, version: self.selector.version, contentType: .json, content: [document],
      timeout: self.timeout.duration, requestClass: self.urgency.requestClass, routingKey: self.key)
  }

  // MARK: - Rows

  private func predict(_ rows: RowReader, with client: AuguryClient) async throws {
    var report = RowReport(isJSON: self.json)
    let start = ContinuousClock.now
    try await RowPipeline(concurrency: self.concurrency).run(
      rows: { () async throws(InputError) in try await rows.next() },
      predict: { row in await self.predict(row, with: client) },
      handOn: { results in
        let fatal = results.firstIndex { Self.endsEverything($0.outcome) }
        let (output, notes) = try report.lines(for: Array(results[..<(fatal ?? results.endIndex)]))
        if !output.isEmpty { Terminal.write(output) }
        for note in notes { Terminal.complain(note) }
        if let fatal { _ = try results[fatal].outcome.get() }
      })
    Terminal.note(report.summary(elapsed: ContinuousClock.now - start))
    if report.status != .success { throw report.status.exitCode }
  }

  private func predict(_ row: Row, with client: AuguryClient) async -> RowResult {
    let start = ContinuousClock.now
    let outcome: Result<RowPrediction, PredictionError>
    do throws(PredictionError) {
      guard JSONText(row.text).isOneValue else {
        throw PredictionError(
          .invalidArgument, reason: "INVALID_JSON", message: "the line is not one JSON value, expected one instance")
      }
      let document = Array("{\"instances\":[".utf8) + row.text + Array("]}".utf8)
      outcome = .success(try RowPrediction(try await self.send(document, with: client)))
    } catch {
      outcome = .failure(error)
    }
    return RowResult(row: row.number, latency: ContinuousClock.now - start, outcome: outcome)
  }

  /// Whether every other row would end like this too.
  private static func endsEverything(_ outcome: Result<RowPrediction, PredictionError>) -> Bool {
    guard case .failure(let error) = outcome else { return false }
    switch error.code {
    case .notFound, .permissionDenied, .unauthenticated, .unimplemented: return true
    default: return error.reason == "BROKER_SILENT" || error.reason == "SOCKET_FAILED"
    }
  }
}
