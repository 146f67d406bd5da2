import ArgumentParser
import Foundation

/// Throughput of on-demand echo requests through the broker, as a ratio to the same through `zmq_proxy`.
struct DispatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dispatch", abstract: "Requests through the broker beside the same through zmq_proxy.")

  @Option(help: "Folder of the release build that the broker is taken from.")
  var programs: String
  @Option(help: "Bytes of a request's payload.")
  var size = 256
  @Option(help: "Clients.")
  var clients = 4
  @Option(help: "Requests that a client keeps outstanding.")
  var outstanding = 32
  @Option(help: "Workers.")
  var workers = 2
  @Option(help: "Rounds; each runs both sides, one after the other.")
  var rounds = 5
  @Option(help: "Seconds of one measurement.")
  var seconds = 2.0

  func run() throws {
    var ratios: [Double] = []
    for round in 1...self.rounds {
      // Which side goes first changes from round to round, so that a drift of the machine favours neither.
      var perSecond: [Wire: Double] = [:]
      for wire in round % 2 == 0 ? [Wire.augury, .bare] : [.bare, .augury] {
        perSecond[wire] = try self.measure(wire)
      }
      let (ours, bare) = (perSecond[.augury, default: 0], perSecond[.bare, default: 1])
      ratios.append(ours / bare)
      print(
        String(format: "round %d: broker %.0f req/s, zmq_proxy %.0f req/s, ratio %.3f", round, ours, bare, ours / bare))
      FileOutput.flush()
    }
    Ratio(name: "dispatch-\(Self.text(self.size))", values: ratios).print()
  }

  private func measure(_ wire: Wire) throws -> Double {
    let (middle, frontend, backend) = try self.startMiddle(wire)
    defer { middle.stop() }
    let me = CommandLine.arguments[0]
    let workers = try (0..<self.workers).map { index in
      try Child(me, ["worker", "--connect", backend, "--wire", wire.rawValue, "--name", "bench-\(index)"])
    }
    defer { workers.forEach { $0.stop() } }
    for worker in workers where worker.line() != "ready" { throw BenchError("a worker did not get ready") }
    let clients = try (0..<self.clients).map { _ in
      try Child(
        me,
        [
          "client", "--connect", frontend, "--outstanding", "\(self.outstanding)", "--size", "\(self.size)",
          "--warm-up", "1.0", "--seconds", "\(self.seconds)",
        ])
    }
    let counts = try clients.map { client in
      guard let line = client.line(), let count = ClientCount(line: line) else {
        throw BenchError("a client ended without a count")
      }
      return count.perSecond
    }
    return counts.reduce(0, +)
  }

  private func startMiddle(_ wire: Wire) throws -> (Child, frontend: String, backend: String) {
    switch wire {
    case .bare:
      let proxy = try Child(CommandLine.arguments[0], ["proxy"])
      let endpoints = (proxy.line() ?? "").split(separator: " ").map(String.init)
      guard endpoints.count == 2 else { throw BenchError("the proxy did not start") }
      return (proxy, endpoints[0], endpoints[1])
    case .augury:
      let broker = try RunningBroker(programs: self.programs)
      return (broker.child, broker.frontend, broker.backend)
    }
  }

  static func text(_ bytes: Int) -> String {
    switch bytes {
    case 0..<1024: "\(bytes)B"
    case 1024..<(1 << 20): "\(bytes / 1024)KiB"
    default: "\(bytes >> 20)MiB"
    }
  }
}

/// A broker with ports of its own and a data folder that goes with it.
struct RunningBroker {
  let child: Child
  let frontend: String
  let backend: String

  init(programs: String, prefix: [String] = []) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("augury-bench-\(UUID().uuidString)")
    let any = "tcp://127.0.0.1:*"
    let command =
      prefix + [
        "\(programs)/broker", "--frontend", any, "--backend", any, "--events", any, "--data-dir", folder.path,
        "--log-level", "error",
      ]
    self.child = try Child(command[0], Array(command.dropFirst()))
    let file = folder.appendingPathComponent("endpoints.json")
    let deadline = Date().addingTimeInterval(30)
    while !FileManager.default.fileExists(atPath: file.path) {
      guard self.child.isRunning, Date() < deadline else { throw BenchError("the broker did not start") }
      Thread.sleep(forTimeInterval: 0.02)
    }
    let endpoints = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: file))
    guard let frontend = endpoints["frontend"], let backend = endpoints["backend"] else {
      throw BenchError("the broker does not say where it listens")
    }
    self.frontend = frontend
    self.backend = backend
  }
}

/// Ratios of one comparison, printed for people and for programs.
struct Ratio {
  var name: String
  var values: [Double]

  func print() {
    let ordered = self.values.sorted()
    guard let first = ordered.first, let last = ordered.last else { return }
    let median = ordered[ordered.count / 2]
    Swift.print(String(format: "bench: %@ ratio=%.3f min=%.3f max=%.3f", self.name, median, first, last))
    FileOutput.flush()
  }
}
