import ArgumentParser
import Foundation

/// Predictions of the digits model through broker and workers, as a ratio to a simpler thing on the same machine.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Predictions of the digits model beside a bare echo or a bare server.")

  @Option(help: "Folder of the release build that broker and worker are taken from.")
  var programs: String
  @Option(help: "The ONNX model.")
  var model: String
  @Option(help: "JSON Lines of which the first are a request's instances.")
  var lines: String
  @Option(help: "What stands on the other side: \(Rival.allCases.map(\.rawValue).joined(separator: ", ")).")
  var rival = Rival.echo
  @Option(help: "rep: the server, a Python program that prints its endpoint.")
  var server: String?
  @Option(help: "How instances are written; the echo sends back the same.")
  var content = PredictionContent.tensors
  @Option(help: "Instances a request.")
  var rows = 1
  @Option(help: "Clients, each with a connection of its own.")
  var clients = 16
  @Option(help: "Requests that a client keeps outstanding.")
  var outstanding = 1
  @Option(help: "Workers of either side; the server is always one.")
  var workers = 1
  @Option(help: "Rounds; each runs both sides, one after the other.")
  var rounds = 5
  @Option(help: "Seconds of one measurement.")
  var seconds = 1.0

  /// What the cluster is compared with.
  enum Rival: String, ExpressibleByArgument, CaseIterable {
    /// `zmq_proxy` and workers that send requests back unread: two hops and no more.
    case echo
    /// One process with a REP socket and ONNX Runtime: no broker, one hop.
    case rep
  }

  func validate() throws {
    guard (self.rival == .rep) == (self.server != nil) else { throw ValidationError("--server goes with --rival rep") }
    guard self.rival == .echo || self.content == .tensors else {
      throw ValidationError("--rival rep takes tensors only")
    }
  }

  func run() throws {
    var ratios: [Double] = []
    var medians: [Double] = []
    for round in 1...self.rounds {
      // Which side goes first changes from round to round, so that a drift of the machine favours neither.
      var (ours, theirs) = (CallersReport(seconds: 1), CallersReport(seconds: 1))
      if round % 2 == 0 { ours = try self.measureCluster() }
      theirs = try self.measureRival()
      if round % 2 == 1 { ours = try self.measureCluster() }
      ratios.append(ours.perSecond / theirs.perSecond)
      if theirs.median > 0 { medians.append(Double(ours.median) / Double(theirs.median)) }
      print(
        String(
          format: "round %d: cluster %.0f req/s (p50 %d us), %@ %.0f req/s (p50 %d us), ratio %.3f", round,
          ours.perSecond, ours.median, self.rival.rawValue, theirs.perSecond, theirs.median,
          ours.perSecond / theirs.perSecond))
      FileOutput.flush()
    }
    Ratio(name: self.name, values: ratios).print()
    if self.clients == 1, self.outstanding == 1 { Ratio(name: self.name + "-p50", values: medians).print() }
  }

  private var name: String {
    "serve-\(self.content.rawValue)-\(self.clients)x\(self.outstanding)-\(self.rows)-rows-\(self.workers)-workers-vs-"
      + self.rival.rawValue
  }

  private func measureCluster() throws -> CallersReport {
    let broker = try RunningBroker(programs: self.programs)
    defer { broker.child.stop() }
    let workers = try (0..<self.workers).map { index in
      try ModelWorker.start(self.programs, broker.backend, model: self.model, name: "digits-\(index)")
    }
    defer { workers.forEach { $0.stop() } }
    for worker in workers { try ModelWorker.awaitReady(worker) }
    return try self.call(broker.frontend, .augury)
  }

  private func measureRival() throws -> CallersReport {
    let me = CommandLine.arguments[0]
    if let server = self.server {
      let child = try Child("/usr/bin/env", ["python3", server, self.model])
      defer { child.stop() }
      guard let endpoint = child.line() else { throw BenchError("the server did not start") }
      return try self.call(endpoint, .rep)
    }
    let proxy = try Child(me, ["proxy"])
    defer { proxy.stop() }
    let endpoints = (proxy.line() ?? "").split(separator: " ").map(String.init)
    guard endpoints.count == 2 else { throw BenchError("the proxy did not start") }
    let workers = try (0..<self.workers).map { _ in
      try Child(me, ["worker", "--connect", endpoints[1], "--wire", Wire.bare.rawValue])
    }
    defer { workers.forEach { $0.stop() } }
    for worker in workers where worker.line() != "ready" { throw BenchError("a worker did not get ready") }
    return try self.call(endpoints[0], .echo)
  }

  private func call(_ endpoint: String, _ wire: PredictionWire) throws -> CallersReport {
    let callers = try Child(
      CommandLine.arguments[0],
      [
        "callers", "--connect", endpoint, "--wire", wire.rawValue, "--content", self.content.rawValue,
        "--lines", self.lines, "--rows", "\(self.rows)", "--callers", "\(self.clients)",
        "--outstanding", "\(self.outstanding)", "--seconds", "\(self.seconds)",
      ])
    guard let line = callers.line(), let report = CallersReport(line: line) else {
      throw BenchError("the callers ended without a count")
    }
    return report
  }
}

/// The worker program with the digits model.
enum ModelWorker {
  static func start(
    _ programs: String, _ broker: String, model: String, name: String, options: [String] = []
  ) throws -> Child {
    try Child(
      "\(programs)/worker",
      ["--broker", broker, "--model", PredictionRequest.model, "--version", "1", "--file", model, "--name", name]
        + options, mergesErrors: true)
  }

  /// Returns once the worker has told the broker that it is ready.
  static func awaitReady(_ worker: Child) throws {
    var last = ""
    while let line = worker.line() {
      if line.contains(" ready") { return }
      last = line
    }
    throw BenchError("a worker ended before it was ready: \(last)")
  }
}
