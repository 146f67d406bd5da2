import ArgumentParser
import Foundation
import QueueCore
import ZeroMQ

/// Throughput with many members and connections, as a ratio to the same with few.
struct FleetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fleet", abstract: "Throughput with 1,000 idle workers and 2,000 idle clients beside none.")

  @Option(help: "Folder of the release build that the broker is taken from.")
  var programs: String
  @Option(help: "Idle workers of the same model.")
  var workers = 1000
  @Option(help: "Idle clients.")
  var clients = 2000
  @Option(help: "Rounds; each measures both.")
  var rounds = 3
  @Option(help: "Seconds of one measurement.")
  var seconds = 2.0

  func run() throws {
    var ratios: [Double] = []
    for round in 1...self.rounds {
      let few = try self.measure(workers: 0, clients: 0)
      let many = try self.measure(workers: self.workers, clients: self.clients)
      ratios.append(many / few)
      print(
        String(
          format: "round %d: %.0f req/s with %d idle workers and %d idle clients, %.0f with none, ratio %.3f", round,
          many, self.workers, self.clients, few, many / few))
      FileOutput.flush()
    }
    Ratio(name: "fleet-\(self.workers)-workers-\(self.clients)-clients", values: ratios).print()
  }

  private func measure(workers: Int, clients: Int) throws -> Double {
    let broker = try RunningBroker(programs: self.programs)
    defer { broker.child.stop() }
    let me = CommandLine.arguments[0]
    let active = try (0..<2).map { index in
      try Child(me, ["worker", "--connect", broker.backend, "--wire", "augury", "--name", "active-\(index)"])
    }
    defer { active.forEach { $0.stop() } }
    for worker in active where worker.line() != "ready" { throw BenchError("a worker did not get ready") }
    let crowd = try Crowd(broker, workers: workers, clients: clients)
    let measured = try (0..<4).map { _ in
      try Child(me, ["client", "--connect", broker.frontend, "--warm-up", "1.0", "--seconds", "\(self.seconds)"])
    }
    let counts = try measured.map { client in
      guard let line = client.line(), let count = ClientCount(line: line) else {
        throw BenchError("a client ended without a count")
      }
      return count.perSecond
    }
    crowd.end()
    return counts.reduce(0, +)
  }
}
