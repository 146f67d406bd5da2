import ArgumentParser
import AuguryClient
import LoadGenerator
import Tensors

/// `augury bench`: load for a model, and what became of it.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Make load for a model and measure latency and throughput.",
    discussion: """
      With --rate requests are due by a schedule, whatever the answers do, and a latency counts from when its request \
      was due: what a server that stalls keeps waiting is in the figures. With --concurrency the next request goes \
      when one has ended: such latencies are service times, and a server that is slow is asked less often.

      The payload is zeros as the model wants them, random numbers, a JSON document that is sent as it is, or JSON \
      Lines, --instances of them a request. It is written once, before the load begins. One request is sent ahead: if \
      it shows that none can succeed (no such model, a wrong payload), nothing is measured.

      Latencies and counts are of the requests that were due while it measured, whenever they ended; goodput is of the \
      predictions that came in that time. The exit code is 1 if a request ended otherwise than with a prediction.
      """)

  @ParentCommand var root: AuguryCommand
  @OptionGroup var connection: ConnectionOptions

  @Argument(
    help: ArgumentHelp("The model, and the version or alias if it is not to be chosen.", valueName: "model[@version]"))
  var selector: ModelSelector

  @Option(
    help: ArgumentHelp(
      "Make the load for this server of the Open Inference Protocol instead, such as http://127.0.0.1:8000.",
      valueName: "address"))
  var http: String?

  @OptionGroup var load: LoadArguments

  @Option(
    help: ArgumentHelp("What to send: zeros, random, or a file with a JSON document or JSON Lines.", valueName: "what"))
  var payload = PayloadArgument.zeros

  @Option(help: ArgumentHelp("Instances in each request, 1 to 65536.", valueName: "n"))
  var instances: Int?

  @Flag(help: "Send tensors as raw bytes, not as JSON.")
  var binary = false

  @Option(help: ArgumentHelp("The time for each request: 500ms, 1s, 2m, or seconds.", valueName: "time"))
  var timeout = TimeArgument(.seconds(5))

  @Option(name: .customLong("class"), help: "How urgent the requests are.")
  var urgency = ClassArgument.online

  @Option(
    help: ArgumentHelp(
      """
      Connections, 1 to \(BrokerTarget.maximumClients). By default 1 to a broker, which takes any number of requests \
      on each; over HTTP, where a connection has one request at a time, as many as --concurrency, or \
      \(Self.httpConnections).
      """, valueName: "n"))
  var clients: Int?

  /// Connections of an open loop over HTTP.
  private static let httpConnections = 64

  @Option(help: ArgumentHelp("Write the figures as JSON to this file; - for the output.", valueName: "file"))
  var json: String?

  @Flag(
    help: """
      Have the JSON list the latencies of predictions, to three digits, with how often each occurred: what several \
      runs measured can then be put together.
      """)
  var latencies = false

  func validate() throws {
    guard !self.latencies || self.json != nil else { throw ValidationError("--latencies needs --json") }
    guard (1...JSONTensorParser.defaultInstanceLimit).contains(self.instances ?? 1) else {
      throw ValidationError(
        "--instances is \(self.instances ?? 1), expected 1 to \(JSONTensorParser.defaultInstanceLimit)")
    }
    guard (1...BrokerTarget.maximumClients).contains(self.clients ?? 1) else {
      throw ValidationError("--clients is \(self.clients ?? 1), expected 1 to \(BrokerTarget.maximumClients)")
    }
    guard self.timeout.seconds > 0, self.timeout.seconds <= 86_400 else {
      throw ValidationError("--timeout must be more than 0 and at most a day")
    }
    guard self.http != nil, let concurrency = self.load.concurrency else { return }
    guard concurrency <= HTTPTarget.maximumConnections, self.clients ?? concurrency == concurrency else {
      throw ValidationError(
        "over HTTP a connection has one request at a time: --concurrency is the number of connections, at most "
          + "\(HTTPTarget.maximumConnections), and --clients need not be given")
    }
  }

  func run() async throws {
    let status = try await CommandEnd.told {
      let report =
        if let base = self.http { try await self.measureHTTP(base) } else { try await self.measureBroker() }
      try report.write(to: self.json)
      return report.figures.status
    }
    if status != .success { throw status.exitCode }
  }

  private func measureBroker() async throws -> BenchReport {
    let endpoint = self.connection.endpoint(outer: self.root.connection)
    let source = try await self.payload.source(seed: self.load.seed)
    let subject = BenchSubject(selector: self.selector, endpoint: endpoint)
    let payloads = try await subject.prepare { signature throws(LoadError) in
      try PayloadMaker(model: self.selector.model, signature: signature, form: self.binary ? .binary : .json)
        .payloads(from: source, instances: self.instances)
    }
    let target = BrokerTarget(
      endpoint: endpoint, model: self.selector.model, selector: self.selector.version ?? "",
      requestClass: self.urgency.requestClass, timeoutMicroseconds: Int64(self.timeout.seconds * 1e6),
      clients: self.clients ?? 1)
    let machine = MachineDescription.current
    let recorder = try await BrokerLoad(target, payloads: payloads, plan: self.load.plan).run()
    return BenchReport(
      command: self, target: endpoint, transport: .zeromq, clients: target.clients, payloads: payloads,
      figures: self.figures(of: recorder, payloads), machine: machine)
  }

  private func measureHTTP(_ base: String) async throws -> BenchReport {
    let target = try HTTPTarget(
      base: base, model: self.selector.model, version: self.selector.version, timeoutSeconds: self.timeout.seconds,
      connections: self.load.concurrency ?? self.clients ?? Self.httpConnections)
    let source = try await self.payload.source(seed: self.load.seed)
    let endpoint = HTTPEndpoint(target)
    let maker = PayloadMaker(
      model: self.selector.model, signature: try endpoint.signature(), form: self.binary ? .binary : .openInference)
    let payloads = try maker.payloads(from: source, instances: self.instances)
    try endpoint.sendAhead(payloads[0])
    let machine = MachineDescription.current
    let recorder = try await HTTPLoad(target, payloads: payloads, plan: self.load.plan).run()
    return BenchReport(
      command: self, target: base, transport: .http, clients: target.connections, payloads: payloads,
      figures: self.figures(of: recorder, payloads), machine: machine)
  }

  private func figures(of recorder: LoadRecorder, _ payloads: [LoadPayload]) -> LoadFigures {
    LoadFigures(recorder, instances: payloads[0].instances, listsLatencies: self.latencies)
  }
}

extension LoadFigures {
  /// What the process ends with.
  var status: CommandStatus {
    self.failures.isEmpty && self.answers.allSatisfy { $0.key == "OK" || $0.value.count == 0 } && self.unsent == 0
      ? .success : .partial
  }
}
