import AuguryClient
import QueueCore
import Synchronization
import Testing

extension Cluster {
  /// Workers that are replaced while requests keep coming.
  @Suite struct ReplacementTests {
    /// Requests that keep coming until they are told to stop, and what became of them.
    private final class Load: Sendable {
      private struct State {
        var isOver = false
        var answered = 0
        var errors: [String] = []
        var workers: Set<String> = []
      }

      private let state = Mutex(State())

      var isOver: Bool { self.state.withLock { $0.isOver } }
      var answered: Int { self.state.withLock { $0.answered } }
      var errors: [String] { self.state.withLock { $0.errors } }
      var workers: Set<String> { self.state.withLock { $0.workers } }

      func stop() { self.state.withLock { $0.isOver = true } }

      func run(_ client: AuguryClient) async {
        while !self.isOver {
          do {
            let reply = try await client.ask("x", version: "1", timeout: .seconds(30))
            self.state.withLock { state in
              state.answered += 1
              if let worker = reply.origin?.worker { state.workers.insert(worker) }
            }
          } catch {
            self.state.withLock { $0.errors.append("\(error)") }
          }
        }
      }
    }

    @Test("Every worker of a version is replaced twenty times under load, and not one request fails")
    func twentyTimes() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("worker-0", flags: ["--echo-delay", "1ms"]))
        let load = Load()
        let running = (0..<8).map { _ in Task { await load.run(cluster.client) } }
        defer { load.stop() }
        for turn in 1...20 {
          let old = try #require(cluster.programs.last)
          let before = load.answered
          try await cluster.startWorker(.echo("worker-\(turn)", flags: ["--echo-delay", "1ms"]))
          let drained = try await cluster.augury("workers", "drain", "worker-\(turn - 1)", "--wait")
          #expect(drained.end == .exited(0), "\(drained.errors)")
          #expect(try await old.waitForEnd() == .exited(0))
          try await eventually("answers of the new worker") {
            load.answered > before && load.workers.contains("worker-\(turn)")
          }
        }
        load.stop()
        for task in running { await task.value }
        #expect(load.errors == [])
        #expect(load.workers.count == 21)
        #expect(try await cluster.counter("workers_left") == 20)
        #expect(try await cluster.counter("workers_lost") == 0)
      }
    }

    @Test("All workers of a version are told to leave at once; those of others stay")
    func wholeVersion() async throws {
      try await RunningCluster.run { cluster in
        let workers = try await cluster.startWorkers(.echo("a"), .echo("b"), .echo("c", version: "2"))
        let drained = try await cluster.augury("workers", "drain", "--model", "echo@1", "--wait", "--json")
        #expect(drained.end == .exited(0), "\(drained.errors)")
        #expect(try decode(drained.output, as: DrainedWorkers.self).names.sorted() == ["a", "b"])
        for worker in workers.prefix(2) { #expect(try await worker.waitForEnd() == .exited(0)) }
        #expect(try await cluster.client.workers().map(\.name) == ["c"])

        let nobody = try await cluster.augury("workers", "drain", "--model", "echo@1")
        #expect(nobody.end == .exited(2) && nobody.errors.contains("NOT_FOUND"), "\(nobody.errors)")
        let stranger = try await cluster.augury("workers", "drain", "nobody")
        #expect(stranger.end == .exited(2) && stranger.errors.contains("nobody"), "\(stranger.errors)")
        let vague = try await cluster.augury("workers", "drain", "--model", "echo")
        #expect(vague.end == .exited(64))
        let table = try await cluster.augury("workers")
        #expect(table.lines.count == 2, "\(table.output)")
      }
    }
  }
}
