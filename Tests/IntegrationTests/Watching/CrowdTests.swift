import AuguryClient
import QueueCore
import Testing

extension Cluster {
  /// Many peers at once.
  @Suite struct CrowdTests {
    @Test("200 workers and 400 clients on one broker: every request is answered, by many workers")
    func crowd() async throws {
      try await RunningCluster.run { cluster in
        let workers = try await Self.workers(200, cluster)
        try await eventually("200 ready workers") { try await cluster.version("echo", "1").workers.ready == 200 }
        let clients = try (0..<400).map { _ in try RawPeer(to: cluster.endpoints.frontend) }
        for (number, client) in clients.enumerated() {
          for id in 1...5 { try client.send(RawPeer.request(UInt64(id)), Array("\(number) \(id)".utf8)) }
        }
        var open = Set(clients.indices.flatMap { client in (1...5).map { "\(client) \($0)" } })
        var origins: Set<String> = []
        try await eventually("all answers", within: .seconds(60)) {
          for worker in workers { try Self.work(worker) }
          for (number, client) in clients.enumerated() {
            while let unit = try client.receiveNow() {
              let reply = try unit.reply()
              try #require(reply.status == .ok)
              try #require(unit.payload.last == Array("\(number) \(reply.request.rawValue)".utf8))
              try #require(open.remove("\(number) \(reply.request.rawValue)") != nil, "answered once")
              let part = unit.payload[0]
              origins.insert(try Origin(decoding: part.span.bytes).worker)
            }
          }
          return open.isEmpty
        }
        #expect(origins.count > 100, "least outstanding first spreads the work")
        #expect(try await cluster.counter("requests_replied") == 2000)
        #expect(try await cluster.client.workers().count == 200)
      }
    }

    private static func workers(_ count: Int, _ cluster: RunningCluster) async throws -> [RawWorker] {
      var workers: [RawWorker] = []
      for number in 0..<count {
        let worker = try RawWorker(to: cluster.endpoints.backend, name: "worker-\(number)")
        try await worker.join(heartbeatMilliseconds: 60_000)
        try worker.ready(credit: 4)
        workers.append(worker)
      }
      return workers
    }

    /// Answers what a worker has been given.
    private static func work(_ worker: RawWorker) throws {
      while let unit = try worker.peer.receiveNow() {
        if unit.command == .work { try worker.answer(try unit.work(), with: unit.payload) }
      }
    }
  }
}
