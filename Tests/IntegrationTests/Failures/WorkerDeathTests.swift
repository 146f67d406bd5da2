import AuguryClient
import Glibc
import QueueCore
import Testing

extension Cluster {
  /// Workers that die or stand still, and what becomes of their work.
  @Suite struct WorkerDeathTests {
    @Test("SIGKILL of a busy worker loses nothing: every request is answered, once and rightly")
    func kill() async throws {
      try await RunningCluster.run { cluster in
        let slow = ["--echo-delay", "10ms", "--max-batch-size", "1", "--credit", "16"]
        let workers = try await cluster.startWorkers(
          .echo("a", flags: slow), .echo("b", flags: slow), .echo("c", flags: slow))
        let texts = (0..<240).map { "request \($0)" }
        let outcomes = try await sendAll(texts, to: cluster.client) {
          try await eventually("worker a to be busy") { try await cluster.worker("a")?.inFlight == 16 }
          workers[0].send(SIGKILL)
          #expect(try await workers[0].waitForEnd() == .killed(signal: SIGKILL))
        }
        #expect(outcomes.errors.map(\.description) == [])
        #expect(try outcomes.replies.map { try $0.text() } == texts)
        #expect(outcomes.replies.contains { $0.attempts == 2 }, "worker a had work in hand")
        #expect(outcomes.replies.filter { $0.attempts > 1 }.allSatisfy { $0.origin?.worker != "a" })
        try await cluster.waitUntilGone("a")
        #expect(try await cluster.counter("workers_lost") == 1)
        #expect(try await cluster.counter("work_retried") >= 1)
        #expect(try await cluster.counter("requests_replied") == texts.count)
      }
    }

    @Test("A stopped worker is suspect, then lost; its work goes to another; it comes back when it runs again")
    func stop() async throws {
      try await RunningCluster.run { cluster in
        let events = try await EventListener(cluster)
        let slow = ["--echo-delay", "20ms", "--max-batch-size", "1", "--credit", "8"]
        let workers = try await cluster.startWorkers(
          .echo("a", flags: slow).beating(every: "200ms", liveness: 3), .echo("b", flags: slow))
        let texts = (0..<100).map { "request \($0)" }
        let outcomes = try await sendAll(texts, to: cluster.client) {
          try await eventually("worker a to be busy") { try await cluster.worker("a")?.inFlight == 8 }
          workers[0].send(SIGSTOP)
          try await events.event("worker.suspect", worker: "a")
          let lost = try await events.event("worker.lost", worker: "a")
          #expect((1...8).contains(lost.requeued ?? 0))
        }
        #expect(outcomes.errors.map(\.description) == [])
        #expect(try outcomes.replies.map { try $0.text() } == texts)
        #expect(outcomes.replies.contains { $0.attempts == 2 && $0.origin?.worker == "b" })

        workers[0].send(SIGCONT)
        try await cluster.waitUntilReady(["a"])
        workers[1].send(SIGKILL)
        try await cluster.waitUntilGone("b")
        #expect(try await cluster.client.ask("again").origin?.worker == "a")
      }
    }

    @Test("A suspect worker gets nothing new and is trusted again as soon as it is heard")
    func suspect() async throws {
      try await RunningCluster.run { cluster in
        let events = try await EventListener(cluster)
        let workers = try await cluster.startWorkers(
          .echo("a").beating(every: "200ms", liveness: 250), .echo("b"))
        workers[0].send(SIGSTOP)
        try await events.event("worker.suspect", worker: "a")
        #expect(try await cluster.worker("a")?.state == .suspect)
        let outcomes = try await sendAll((0..<20).map { "\($0)" }, to: cluster.client)
        #expect(outcomes.replies.count == 20)
        #expect(outcomes.replies.allSatisfy { $0.origin?.worker == "b" })

        workers[0].send(SIGCONT)
        try await events.event("worker.recovered", worker: "a")
        #expect(!events.topics(worker: "a").contains("worker.lost"))
        #expect(try await cluster.worker("a")?.state == .ready)
      }
    }

    @Test("A request that kills three workers is given up, by their names, and the next one is served")
    func poison() async throws {
      try await RunningCluster.run { cluster in
        let events = try await EventListener(cluster)
        let fragile = ["--echo-crash-on", "boom"]
        let names = ["a", "b", "c"]
        let workers = try await cluster.startWorkers(
          .echo("a", flags: fragile), .echo("b", flags: fragile), .echo("c", flags: fragile))
        for worker in workers { worker.expectEnd() }
        let error = try await cluster.client.refusal(of: "say boom", timeout: nil)
        #expect(error.code == .unavailable)
        #expect(error.reason == "POISON")
        for name in names { #expect(error.message.contains(name), "\(error.message)") }
        for worker in workers { #expect(try await worker.waitForEnd() == .killed(signal: SIGABRT)) }
        try await events.event("request.poisoned", worker: nil)
        #expect(try await cluster.counter("requests_poisoned") == 1)
        #expect(try await cluster.counter("workers_lost") == 3)

        try await cluster.startWorker(.echo("d", flags: fragile))
        #expect(try await cluster.client.ask("fine").text() == "fine")
      }
    }
  }
}
