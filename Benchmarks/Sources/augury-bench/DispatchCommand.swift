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
  @Option(help: "Requests that share a message at most, when the replies of one message make room for several.")
  var unitsPerMessage = 64
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
    let single = self.unitsPerMessage == 1 ? "-single" : ""
    Ratio(name: "dispatch-\(Self.text(self.size))\(single)", values: ratios).print()
  }

  private func measure(_ wire: Wire) throws -> Double {
    let middle = try Middle(wire, programs: self.programs)
    defer { middle.child.stop() }
    let workers = try (0..<self.workers).map { try middle.startWorker("bench-\($0)") }
    defer { workers.forEach { $0.stop() } }
    let clients = try (0..<self.clients).map { _ in
      try middle.startClient([
        "--outstanding", "\(self.outstanding)", "--size", "\(self.size)", "--seconds", "\(self.seconds)",
        "--units-per-message", "\(self.unitsPerMessage)",
      ])
    }
    return try clients.map { try Middle.count(of: $0).perSecond }.reduce(0, +)
  }

  static func text(_ bytes: Int) -> String {
    switch bytes {
    case 0..<1024: "\(bytes)B"
    case 1024..<(1 << 20): "\(bytes / 1024)KiB"
    default: "\(bytes >> 20)MiB"
    }
  }
}
