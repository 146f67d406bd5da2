import AuguryClient
import Glibc
import QueueCore
import Testing

extension Cluster {
  /// Workers and the broker leave in good order: they finish what they have.
  @Suite struct DrainTests {
    private static let slow = ["--echo-delay", "10ms", "--max-batch-size", "1", "--credit", "8"]

    @Test("SIGTERM of a worker under load loses nothing, and it exits with 0", arguments: [SIGTERM, SIGINT])
    func signal(_ signal: Int32) async throws {
      try await RunningCluster.run { cluster in
        let workers = try await cluster.startWorkers(.echo("a", flags: Self.slow), .echo("b", flags: Self.slow))
        try await Self.expectGoodLeave(of: "a", workers[0], cluster) { workers[0].send(signal) }
      }
    }

    @Test("workers.drain has a worker finish and leave, and tells when there is none of the name")
    func ordered() async throws {
      try await RunningCluster.run { cluster in
        let workers = try await cluster.startWorkers(.echo("a", flags: Self.slow), .echo("b", flags: Self.slow))
        try await Self.expectGoodLeave(of: "a", workers[0], cluster) {
          let answer: WorkerReference = try await cluster.client.control(
            ControlMethod.drainWorker, WorkerReference(name: "a"))
          #expect(answer.name == "a")
        }
        let error = await #expect(throws: PredictionError.self) {
          let _: WorkerReference = try await cluster.client.control(
            ControlMethod.drainWorker, WorkerReference(name: "a"))
        }
        #expect(error?.code == .notFound)
        #expect(error?.reason == "UNKNOWN_WORKER")
        #expect(error?.message.contains("\"a\"") == true)
      }
    }

    @Test("A worker that drains shows as such, gets nothing new, and answers what it has")
    func draining() async throws {
      try await RunningCluster.run { cluster in
        let worker = try await cluster.startWorker(
          .echo("a", flags: ["--echo-delay", "700ms", "--max-batch-size", "1", "--credit", "2"]))
        let outcomes = try await sendAll(["one", "two"], to: cluster.client) {
          try await eventually("it to be busy") { try await cluster.worker("a")?.inFlight == 2 }
          worker.send(SIGTERM)
          try await eventually("it to drain") { try await cluster.worker("a")?.state == .draining }
          #expect(try await cluster.version("echo", "1").state == .draining)
        }
        #expect(outcomes.replies.map { $0.origin?.worker } == ["a", "a"])
        #expect(outcomes.replies.map(\.attempts) == [1, 1])
        #expect(try await worker.waitForEnd() == .exited(0))
      }
    }

    @Test("SIGTERM of the broker: what is under way is answered, what comes is refused, and it exits with 0")
    func broker() async throws {
      try await RunningCluster.run { cluster in
        let worker = try await cluster.startWorker(
          .echo("a", flags: ["--echo-delay", "400ms", "--max-batch-size", "1", "--credit", "2"]))
        let outcomes = try await sendAll((0..<5).map { "\($0)" }, to: cluster.client) {
          try await eventually("it to be busy") {
            let version = try await cluster.version("echo", "1")
            return version.inFlight == 2 && version.queued.online == 3
          }
          try cluster.broker.send(SIGTERM)
          try await eventually("the broker to drain") { try await cluster.client.status().broker.draining }
          let error = try await cluster.client.refusal(of: "too late")
          #expect(error.code == .unavailable)
          #expect(error.reason == "SHUTTING_DOWN")
        }
        #expect(outcomes.errors.map(\.description) == [])
        #expect(try outcomes.replies.map { try $0.text() } == ["0", "1", "2", "3", "4"])
        #expect(try await cluster.broker.waitForEnd() == .exited(0))
        #expect(!fileExists("\(cluster.folder)/data/endpoints.json"), "nobody listens any more")

        try await cluster.restartBroker()
        try await cluster.waitUntilReady(["a"], [worker])
        // The first request may still be taken for one that the old broker had; such a request may be tried again.
        try await eventually("an answer") { try await cluster.client.ask("back").text() == "back" }
      }
    }

    @Test("A broker whose work does not end in time gives it up, tells its clients, and exits with 0")
    func graceEnds() async throws {
      try await RunningCluster.run(flags: ["--drain-grace-milliseconds", "300"]) { cluster in
        try await cluster.startWorker(.echo("a", flags: ["--echo-delay", "5s"]))
        let outcomes = try await sendAll(["stuck"], to: cluster.client) {
          try await eventually("it to be busy") { try await cluster.worker("a")?.inFlight == 1 }
          try cluster.broker.send(SIGTERM)
          #expect(try await cluster.broker.waitForEnd(within: .seconds(10)) == .exited(0))
        }
        #expect(outcomes.errors.map(\.code) == [.unavailable])
      }
    }

    /// Sends a load, has a worker leave in the middle of it, and checks that all is answered and the worker gone for
    /// good.
    private static func expectGoodLeave(
      of name: String, _ worker: RunningProgram, _ cluster: RunningCluster, leave: () async throws -> Void
    ) async throws {
      let texts = (0..<160).map { "request \($0)" }
      let outcomes = try await sendAll(texts, to: cluster.client) {
        try await eventually("\(name) to be busy") { try await cluster.worker(name)?.inFlight == 8 }
        try await leave()
        #expect(try await worker.waitForEnd() == .exited(0))
      }
      #expect(outcomes.errors.map(\.description) == [])
      #expect(try outcomes.replies.map { try $0.text() } == texts)
      #expect(outcomes.replies.contains { $0.origin?.worker == name })
      #expect(try await cluster.worker(name) == nil)
      #expect(try await cluster.counter("workers_lost") == 0)
      #expect(try await cluster.counter("workers_left") == 1)
    }
  }
}
