import AuguryClient
import Glibc
import QueueCore
import Testing

extension Cluster {
  /// Models and versions that are not there, never were, or are no more.
  @Suite struct UnknownNameTests {
    @Test("A model or version that nobody serves is NOT_FOUND, with what there is")
    func unknown() async throws {
      try await RunningCluster.run { cluster in
        let nothing = try await cluster.client.refusal(of: "x", model: "digits")
        #expect(nothing.code == .notFound)
        #expect(nothing.reason == "UNKNOWN_MODEL")
        #expect(nothing.message.contains("no model is known"), "\(nothing)")

        try await cluster.startWorkers(.echo("a", version: "1"), .echo("b", version: "2"), .digits("1", "c"))
        let model = try await cluster.client.refusal(of: "x", model: "letters")
        #expect(model.code == .notFound)
        #expect(model.reason == "UNKNOWN_MODEL")
        for word in ["\"letters\"", "echo", "digits"] { #expect(model.message.contains(word), "\(model)") }

        let version = try await cluster.client.refusal(of: "x", model: "echo", version: "9")
        #expect(version.code == .notFound)
        #expect(version.reason == "UNKNOWN_VERSION")
        for word in ["\"echo\"", "\"9\"", "2, 1"] { #expect(version.message.contains(word), "\(version)") }
      }
    }

    @Test("A version whose worker has gone is waited for during the grace, then UNAVAILABLE, then again served")
    func gone() async throws {
      try await RunningCluster.run(flags: ["--orphan-grace-milliseconds", "700"]) { cluster in
        let worker = try await cluster.startWorker(.echo("a"))
        worker.send(SIGTERM)
        #expect(try await worker.waitForEnd() == .exited(0))
        try await cluster.waitUntilGone("a")

        let waited = try await cluster.client.refusal(of: "x")
        for error in [waited, try await cluster.client.refusal(of: "x", version: "1")] {
          #expect(error.code == .unavailable)
          #expect(error.reason == "NO_WORKER")
          #expect(error.retryAfter == .seconds(1))
          #expect(error.message.contains("worker --model echo --version 1"), "\(error)")
        }
        #expect(try await cluster.version("echo", "1").state == .absent)

        try await cluster.startWorker(.echo("b"))
        #expect(try await cluster.client.ask("x").origin?.worker == "b")
      }
    }

    @Test("A request that comes within the grace is served by the worker that comes back")
    func backInTime() async throws {
      try await RunningCluster.run(flags: ["--orphan-grace-milliseconds", "30000"]) { cluster in
        let worker = try await cluster.startWorker(.echo("a"))
        worker.send(SIGKILL)
        try await cluster.waitUntilGone("a")
        let outcomes = try await sendAll(["one", "two"], to: cluster.client) {
          try await eventually("the requests to wait") {
            try await cluster.version("echo", "1").queued.online == 2
          }
          try await cluster.startWorker(.echo("b"))
        }
        #expect(outcomes.replies.map { $0.origin?.worker } == ["b", "b"])
      }
    }

    @Test("Bulk requests for workers that take none are refused by that name")
    func noBulkCredit() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("a", flags: ["--bulk-credit", "0"]))
        let error = try await cluster.client.refusal(of: "x", requestClass: .batch)
        #expect(error.code == .unavailable)
        #expect(error.reason == "NO_BULK_CREDIT")
        #expect(try await cluster.client.ask("x").text() == "x")
      }
    }
  }
}
