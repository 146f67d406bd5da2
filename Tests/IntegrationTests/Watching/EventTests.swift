import AuguryClient
import Glibc
import Testing

extension Cluster {
  /// What subscribers to the events socket hear.
  @Suite struct EventTests {
    @Test("A worker's life is told: joined, ready, draining, left; joined, ready, lost with its work")
    func life() async throws {
      try await RunningCluster.run { cluster in
        let events = try await EventListener(cluster)
        let first = try await cluster.startWorker(.echo("first"))
        first.send(SIGTERM)
        try await events.event("worker.left", worker: "first")
        #expect(
          events.topics(worker: "first") == ["worker.joined", "worker.ready", "worker.draining", "worker.left"])
        let joined = try await events.event("worker.joined", worker: "first")
        #expect(joined.model == "echo")
        #expect(joined.version == "1")

        let second = try await cluster.startWorker(.echo("second", flags: ["--echo-delay", "5s"]))
        let outcomes = try await sendAll(["x", "y"], to: cluster.client, timeout: .seconds(30)) {
          try await eventually("it to be busy") { try await cluster.worker("second")?.inFlight == 2 }
          second.send(SIGKILL)
          let lost = try await events.event("worker.lost", worker: "second")
          #expect(lost.requeued == 2)
          try await cluster.startWorker(.echo("third"))
        }
        #expect(outcomes.replies.count == 2)
        #expect(events.topics(worker: "second") == ["worker.joined", "worker.ready", "worker.lost"])
      }
    }
  }
}
