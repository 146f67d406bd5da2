import AuguryClient
import QueueCore
import Testing

extension Cluster {
  /// Requests that are given up, wherever they are.
  @Suite struct CancellationTests {
    @Test("Cancelling the task ends a request that waits and one that a worker has; neither is computed")
    func cancel() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(
          .echo("a", flags: ["--echo-delay", "1200ms", "--credit", "2", "--max-batch-size", "1"]))
        let outcomes = try await sendAll(["slow"], to: cluster.client) {
          try await eventually("the worker to be busy") { try await cluster.worker("a")?.inFlight == 1 }
          // The first of these goes to the worker's own queue, the second waits in the broker.
          let tasks = [Self.send("at the worker", cluster), Self.send("in the queue", cluster)]
          try await eventually("both to be where they belong") {
            let version = try await cluster.version("echo", "1")
            return version.inFlight == 2 && version.queued.online == 1
          }
          for task in tasks {
            task.cancel()
            let error = await #expect(throws: PredictionError.self) { try await task.value }
            #expect(error?.code == .cancelled)
          }
          try await eventually("the broker to hear of it") { try await cluster.counter("requests_cancelled") == 2 }
          #expect(try await cluster.worker("a")?.requestsTotal == 0, "the first one is still being computed")
        }
        #expect(outcomes.replies.count == 1)
        try await eventually("the worker to be free") {
          guard let figures = try await cluster.worker("a") else { return false }
          return figures.inFlight == 0 && figures.batchesTotal == 1
        }
        #expect(try await cluster.client.ask("next").text() == "next")
      }
    }

    @Test("A client that goes away takes its requests with it")
    func vanished() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(
          .echo("a", flags: ["--echo-delay", "50ms", "--credit", "1", "--max-batch-size", "1"]))
        try await Self.askAndLeave(cluster)
        try await eventually("its requests to be dropped") {
          try await cluster.counter("requests_client_gone") > 150
        }
        #expect(try await cluster.client.ask("mine").text() == "mine")
      }
    }

    /// The socket closes with the end of the function.
    private static func askAndLeave(_ cluster: RunningCluster) async throws {
      let leaving = try RawPeer(to: cluster.endpoints.frontend)
      for id in 1...200 { try leaving.send(RawPeer.request(UInt64(id)), Array("\(id)".utf8)) }
      _ = try await leaving.receive(.reply)
    }

    private static func send(_ text: String, _ cluster: RunningCluster) -> Task<RawReply, any Error> {
      let client = cluster.client
      return Task { try await client.ask(text) }
    }
  }
}
