import ArgumentParser
import Foundation
import QueueCore
import ZeroMQ

/// Throughput with many workers and connections, as a ratio to the same with one worker and no other connections; and
/// the same ratio of `zmq_proxy`, to tell what the peers themselves lose.
struct FleetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fleet", abstract: "Throughput with many workers and clients beside the same with one.")

  @Option(parsing: .upToNextOption, help: "Numbers of workers to try, all of which take work.")
  var workers = [10, 100, 1000]
  @Option(parsing: .upToNextOption, help: "Numbers of clients to try: four of them send, the others are connected.")
  var clients = [100, 1000, 5000]
  @Option(help: "Folder of the release build that the broker is taken from.")
  var programs: String
  @Option(help: "Rounds; each measures all points.")
  var rounds = 3
  @Option(help: "Seconds of one measurement.")
  var seconds = 1.0

  /// A size of the fleet.
  private struct Point: Hashable {
    var wire: Wire
    var workers = 1
    var clients = 4

    var name: String {
      let side = self.wire == .bare ? "-zmq-proxy" : ""
      return self.workers > 1 ? "fleet-\(self.workers)-workers\(side)" : "fleet-\(self.clients)-clients\(side)"
    }
  }

  func run() throws {
    let points =
      self.workers.flatMap { [Point(wire: .augury, workers: $0), Point(wire: .bare, workers: $0)] }
      + self.clients.map { Point(wire: .augury, clients: $0) }
    var ratios: [Point: [Double]] = [:]
    for round in 1...self.rounds {
      var base: [Wire: Double] = [:]
      for wire in Wire.allCases { base[wire] = try self.measure(Point(wire: wire)) }
      for point in points {
        let (rate, one) = try (self.measure(point), base[point.wire, default: 1])
        ratios[point, default: []].append(rate / one)
        print(
          String(
            format: "round %d: %@ %.0f req/s, with one worker and 4 clients %.0f, ratio %.3f", round, point.name, rate,
            one, rate / one))
        FileOutput.flush()
      }
    }
    for point in points { Ratio(name: point.name, values: ratios[point, default: []]).print() }
  }

  private func measure(_ point: Point) throws -> Double {
    let middle = try Middle(point.wire, programs: self.programs)
    defer { middle.child.stop() }
    // One process of workers for one, two for more: what they cost is to be the same for all that are more than one.
    let processes = min(point.workers, 2)
    let workers = try (0..<processes).map { index in
      try middle.startWorker("fleet-\(index)", count: point.workers / processes)
    }
    defer { workers.forEach { $0.stop() } }
    let crowd = try Crowd(
      frontend: middle.frontend, backend: middle.backend, workers: 0, clients: point.clients - 4)
    defer { crowd.end() }
    let clients = try (0..<4).map { _ in try middle.startClient(["--seconds", "\(self.seconds)"]) }
    return try clients.map { try Middle.count(of: $0).perSecond }.reduce(0, +)
  }
}
