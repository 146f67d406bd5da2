/// What stands between clients and workers: the broker, or a bare `zmq_proxy`.
struct Middle {
  let child: Child
  let frontend: String
  let backend: String
  private let wire: Wire

  init(_ wire: Wire, programs: String) throws {
    self.wire = wire
    switch wire {
    case .bare:
      self.child = try Child(CommandLine.arguments[0], ["proxy"])
      let endpoints = (self.child.line() ?? "").split(separator: " ").map(String.init)
      guard endpoints.count == 2 else { throw BenchError("the proxy did not start") }
      (self.frontend, self.backend) = (endpoints[0], endpoints[1])
    case .augury:
      let broker = try RunningBroker(programs: programs)
      (self.child, self.frontend, self.backend) = (broker.child, broker.frontend, broker.backend)
    }
  }

  /// Starts a process of so many workers that echo, and returns once they are ready.
  func startWorker(_ name: String, count: Int = 1) throws -> Child {
    let worker = try Child(
      CommandLine.arguments[0],
      ["worker", "--connect", self.backend, "--wire", self.wire.rawValue, "--name", name, "--count", "\(count)"])
    guard worker.line() == "ready" else { throw BenchError("a worker did not get ready") }
    return worker
  }

  /// Starts a client that counts for a while, after a second that does not count.
  func startClient(_ arguments: [String]) throws -> Child {
    try Child(CommandLine.arguments[0], ["client", "--connect", self.frontend, "--warm-up", "1.0"] + arguments)
  }

  /// What a client has counted, once it has ended.
  static func count(of client: Child) throws -> ClientCount {
    guard let line = client.line(), let count = ClientCount(line: line) else {
      throw BenchError("a client ended without a count")
    }
    return count
  }
}
