import ArgumentParser

/// Measures the broker beside bare ZeroMQ, on the same machine, in the same run.
@main
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "augury-bench", abstract: "Measures Augury beside bare ZeroMQ.",
    subcommands: [
      DispatchCommand.self, LatencyCommand.self, FleetCommand.self, ServeCommand.self, OnDemandCommand.self,
      AllocationsCommand.self, GateCommand.self, ConnectionsCommand.self, LoopCommand.self, JSONCommand.self,
      ClientPeer.self, CallersPeer.self, WorkerPeer.self, ProxyPeer.self, RouterPeer.self,
    ])
}

/// What both sides of a comparison are told about their wire.
enum Wire: String, ExpressibleByArgument, CaseIterable {
  /// Requests and results as Augury defines them, through its broker.
  case augury
  /// The same bytes through `zmq_proxy`, which reads none of them.
  case bare
}

/// A count of replies over a time, as a client prints it on one line.
struct ClientCount {
  var replies: Int
  var seconds: Double
  /// Of the round trips, if they were timed.
  var medianMicroseconds: Double

  init(replies: Int, seconds: Double, medianMicroseconds: Double) {
    self.replies = replies
    self.seconds = seconds
    self.medianMicroseconds = medianMicroseconds
  }

  init?(line: String) {
    let words = line.split(separator: " ")
    guard words.count == 3, let replies = Int(words[0]), let seconds = Double(words[1]), seconds > 0,
      let median = Double(words[2])
    else { return nil }
    self.init(replies: replies, seconds: seconds, medianMicroseconds: median)
  }

  var line: String { "\(self.replies) \(self.seconds) \(self.medianMicroseconds)" }
  var perSecond: Double { Double(self.replies) / self.seconds }
}
