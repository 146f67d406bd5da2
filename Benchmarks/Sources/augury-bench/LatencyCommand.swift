import ArgumentParser
import Foundation

/// The median round trip of one client that waits for each answer, as a ratio to the same through `zmq_proxy`.
struct LatencyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latency", abstract: "The unloaded round trip beside the same through zmq_proxy.")

  @Option(help: "Folder of the release build that the broker is taken from.")
  var programs: String
  @Option(help: "Bytes of a request's payload.")
  var size = 256
  @Option(help: "Rounds; each runs both sides, one after the other.")
  var rounds = 5
  @Option(help: "Seconds of one measurement.")
  var seconds = 1.0

  func run() throws {
    var ratios: [Double] = []
    for round in 1...self.rounds {
      var medians: [Wire: Double] = [:]
      for wire in round % 2 == 0 ? [Wire.augury, .bare] : [.bare, .augury] { medians[wire] = try self.measure(wire) }
      let (ours, bare) = (medians[.augury, default: 0], medians[.bare, default: 1])
      ratios.append(ours / bare)
      print(
        String(format: "round %d: broker %.1f us, zmq_proxy %.1f us, ratio %.3f", round, ours, bare, ours / bare))
      FileOutput.flush()
    }
    Ratio(name: "unloaded-p50-\(DispatchCommand.text(self.size))", values: ratios).print()
  }

  private func measure(_ wire: Wire) throws -> Double {
    let middle = try Middle(wire, programs: self.programs)
    defer { middle.child.stop() }
    let worker = try middle.startWorker("bench")
    defer { worker.stop() }
    let client = try middle.startClient([
      "--outstanding", "1", "--timed", "--size", "\(self.size)", "--seconds", "\(self.seconds)",
    ])
    return try Middle.count(of: client).medianMicroseconds
  }
}
