import ArgumentParser

/// Measures the broker beside bare ZeroMQ, on the same machine, in the same run.
@main
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "augury-bench", abstract: "Measures Augury beside bare ZeroMQ.",
    subcommands: [
      DispatchCommand.self, FleetCommand.self, AllocationsCommand.self, LoopCommand.self, JSONCommand.self,
      ServeCommand.self, OnDemandCommand.self,
      ClientPeer.self, CallersPeer.self, WorkerPeer.self, ProxyPeer.self,
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

  init(replies: Int, seconds: Double) {
    self.replies = replies
    self.seconds = seconds
  }

  init?(line: String) {
    let words = line.split(separator: " ")
    guard words.count == 2, let replies = Int(words[0]), let seconds = Double(words[1]), seconds > 0 else {
      return nil
    }
    self.init(replies: replies, seconds: seconds)
  }

  var line: String { "\(self.replies) \(self.seconds)" }
  var perSecond: Double { Double(self.replies) / self.seconds }
}
