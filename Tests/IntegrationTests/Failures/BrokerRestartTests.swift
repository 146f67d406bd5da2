import AuguryClient
import Glibc
import QueueCore
import Testing

extension Cluster {
  /// A broker that dies and comes back where it was.
  @Suite struct BrokerRestartTests {
    @Test("What a killed broker had fails as UNAVAILABLE; workers and clients find the new one by themselves")
    func restart() async throws {
      try await RunningCluster.run { cluster in
        let workers = try await cluster.startWorkers(
          .echo("a", flags: ["--echo-delay", "500ms", "--credit", "2"]), .digits("1", "b"))
        let instance = try await cluster.client.status().broker.instance
        let outcomes = try await sendAll((0..<20).map { "\($0)" }, to: cluster.client, timeout: .seconds(60)) {
          try await eventually("requests to be under way") { try await cluster.worker("a")?.inFlight == 2 }
          try cluster.broker.send(SIGKILL)
          #expect(try await cluster.broker.waitForEnd() == .killed(signal: SIGKILL))
          try await cluster.restartBroker()
        }
        #expect(outcomes.replies.count + outcomes.errors.count == 20)
        #expect(outcomes.errors.count >= 18, "the broker had nearly all of them")
        #expect(outcomes.errors.allSatisfy { $0.code == .unavailable })
        #expect(Set(outcomes.errors.map(\.reason)).isSubset(of: ["BROKER_RESTARTED", "BROKER_SILENT"]))

        try await cluster.waitUntilReady(["a", "b"])
        #expect(try await cluster.client.status().broker.instance != instance)
        #expect(try await cluster.client.ask("back").text() == "back")
        let row = try Digits.rows()[0]
        let reply = try await cluster.client.ask(Digits.instances([row]), model: "digits", as: .json)
        #expect(reply.origin?.worker == "b")
        #expect(workers.allSatisfy { $0.end == nil })
      }
    }

    @Test("Versions that were served before are known to a new broker: a request waits for their worker")
    func memory() async throws {
      try await RunningCluster.run(flags: ["--orphan-grace-milliseconds", "20000"]) { cluster in
        let worker = try await cluster.startWorker(.echo("a", version: "3"))
        worker.send(SIGKILL)
        try cluster.broker.send(SIGKILL)
        _ = try await cluster.broker.waitForEnd()
        try await cluster.restartBroker()
        let outcomes = try await sendAll(["early"], to: cluster.client, version: "3") {
          try await eventually("the request to wait") {
            try await cluster.version("echo", "3").queued.online == 1
          }
          try await cluster.startWorker(.echo("b", version: "3"))
        }
        #expect(outcomes.replies.map { $0.origin?.worker } == ["b"])
        #expect(try await cluster.client.refusal(of: "x", version: "4").reason == "UNKNOWN_VERSION")
      }
    }

    @Test("A broker that does not answer is named by the client, and a late start of it is noticed")
    func lateBroker() async throws {
      try await RunningCluster.run { cluster in
        try cluster.broker.send(SIGKILL)
        _ = try await cluster.broker.waitForEnd()
        var options = AuguryClient.Options()
        options.pingInterval = .milliseconds(50)
        let client = try AuguryClient(broker: cluster.endpoints.frontend, options: options)
        let error = try await client.refusal(of: "x")
        #expect(error.code == .unavailable)
        #expect(error.message.contains(cluster.endpoints.frontend), "\(error.message)")
        let late = try await client.refusal(of: "x", timeout: .milliseconds(20))
        #expect([.deadlineExceeded, .unavailable].contains(late.code))

        try await cluster.restartBroker()
        try await cluster.startWorker(.echo("a"))
        try await eventually("an answer") { try await client.ask("hello").text() == "hello" }
        await client.close()
      }
    }

    @Test("A worker that starts before its broker joins as soon as it is there; without one it can still be told to go")
    func earlyWorker() async throws {
      try await RunningCluster.run { cluster in
        try cluster.broker.send(SIGKILL)
        _ = try await cluster.broker.waitForEnd()
        let early = try cluster.launch(.echo("early"))
        let tired = try cluster.launch(.echo("tired", flags: ["--log-level", "debug"]))
        try await eventually("the worker to handle signals") { tired.logText.contains("joining") }
        tired.send(SIGTERM)
        #expect(try await tired.waitForEnd() == .exited(0))

        try await cluster.restartBroker()
        try await cluster.waitUntilReady(["early"], [early])
        #expect(try await cluster.client.ask("hello").origin?.worker == "early")
      }
    }
  }
}
