import AuguryClient
import Testing

extension Cluster {
  /// Requests that run out of time, wherever they are.
  @Suite struct DeadlineTests {
    @Test("A time-out that has passed already is refused on arrival")
    func past() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("a"))
        let error = try await cluster.client.refusal(of: "x", timeout: .zero)
        #expect(error.code == .deadlineExceeded)
        #expect(error.reason == "DEADLINE_PASSED")
        #expect(try await cluster.worker("a")?.inFlight == 0)
      }
    }

    @Test("A request that waits in the broker for longer than it has ends there and is never computed")
    func inQueue() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("a", flags: ["--echo-delay", "1200ms", "--credit", "1"]))
        let outcomes = try await sendAll(["slow"], to: cluster.client) {
          try await eventually("the worker to be busy") { try await cluster.worker("a")?.inFlight == 1 }
          let error = try await cluster.client.refusal(of: "late", timeout: .milliseconds(200))
          #expect(error.code == .deadlineExceeded)
          #expect(error.reason == "EXPIRED_IN_QUEUE")
          #expect(error.message.contains("echo@1"), "\(error)")
          #expect(try await cluster.version("echo", "1").inFlight == 1, "the worker has not been freed meanwhile")
        }
        #expect(outcomes.replies.count == 1)
        try await eventually("the worker's figures") { try await cluster.worker("a")?.requestsTotal == 1 }
        #expect(try await cluster.counter("requests_expired") == 1)
      }
    }

    @Test("A request that a worker has for too long ends at its deadline, by the worker's name, and is not computed")
    func atWorker() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(
          .echo("a", flags: ["--echo-delay", "1200ms", "--credit", "8", "--max-batch-size", "1"]))
        let outcomes = try await sendAll(["slow"], to: cluster.client) {
          try await eventually("the worker to be busy") { try await cluster.worker("a")?.inFlight == 1 }
          let error = try await cluster.client.refusal(of: "late", timeout: .milliseconds(200))
          #expect(error.code == .deadlineExceeded)
          #expect(error.reason == "EXPIRED_AT_WORKER")
          #expect(error.message.contains("worker a"), "\(error)")
        }
        #expect(outcomes.replies.count == 1)
        try await eventually("the worker to drop the late one") {
          guard let figures = try await cluster.worker("a") else { return false }
          return figures.requestsTotal == 2 && figures.batchesTotal == 1 && figures.inFlight == 0
        }
      }
    }

    @Test("A queue whose pace is known refuses at once what it cannot reach in time")
    func unreachable() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(
          .echo("a", flags: ["--echo-delay", "10ms", "--credit", "1", "--max-batch-size", "1"]))
        // What is looked at is the broker's word, however late the machine lets it come.
        var options = AuguryClient.Options()
        options.grace = .seconds(10)
        let client = try AuguryClient(broker: cluster.endpoints.frontend, options: options)
        // The pace is learned from a backlog.
        #expect(try await sendAll((0..<80).map { "\($0)" }, to: client).replies.count == 80)
        let outcomes = try await sendAll((0..<1000).map { "\($0)" }, to: client, timeout: .seconds(2))
        await client.close()
        let reasons = Set(outcomes.errors.map(\.reason))
        #expect(reasons.contains("DEADLINE_UNREACHABLE"))
        #expect(reasons.isSubset(of: ["DEADLINE_UNREACHABLE", "EXPIRED_IN_QUEUE", "EXPIRED_AT_WORKER"]))
        #expect(outcomes.errors.allSatisfy { $0.code == .deadlineExceeded })
        #expect(!outcomes.replies.isEmpty)
        #expect(outcomes.replies.count + outcomes.errors.count == 1000)
      }
    }
  }
}
