import AuguryClient
import Glibc
import Testing

extension Cluster {
  /// Progressive rollouts with real processes.
  @Suite struct RolloutTests {
    @Test("A rollout goes on after kill -9 of the broker in its middle, and ends with all traffic at the candidate")
    func survivesKill() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorkers(.echo("one"), .echo("two", version: "2"))
        let started = try await cluster.augury(
          "rollout", "start", "echo", "--to", "2", "--from", "1", "--steps", "20,60,100", "--hold", "0s",
          "--min-requests", "20", "--guard", "error_rate<1%")
        #expect(started.end == .exited(0), "\(started.errors)")
        try await Self.load(until: "the second step", cluster) { $0.step >= 1 }

        try cluster.broker.send(SIGKILL)
        _ = try await cluster.broker.waitForEnd()
        try await cluster.restartBroker()
        try await cluster.waitUntilReady(["one", "two"])
        let resumed = try #require(try await cluster.client.rollouts(of: "echo").first)
        #expect(resumed.step >= 1)
        try await Self.load(until: "the end", cluster) { $0.state == "succeeded" }
        let route = try #require(try await cluster.client.routes(of: "echo").first)
        #expect(route.route?.variants.map(\.version) == ["2"] && route.by == "rollout 1")
        let history = try await cluster.augury("rollout", "history", "echo")
        for word in ["started", "step_began", "succeeded"] {
          #expect(history.output.contains(word), "\(history.output)")
        }
      }
    }

    @Test("A rollout to a version that nobody knows, and an order without a rollout, are refused")
    func refusals() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("one"))
        let nonsense = try await cluster.augury("rollout", "start", "echo", "--to", "9", "--from", "1")
        #expect(nonsense.end == .exited(2) && nonsense.errors.contains("echo@9"), "\(nonsense.errors)")
        let none = try await cluster.augury("rollout", "pause", "echo")
        #expect(none.end == .exited(2), "\(none.errors)")
      }
    }

    /// Sends requests until the rollout is where it is waited for. Some may fail while the broker is away.
    private static func load(
      until what: String, _ cluster: RunningCluster, _ holds: (RolloutInfo) -> Bool
    ) async throws {
      try await eventually(what) {
        _ = try await sendAll((0..<50).map { "\($0)" }, to: cluster.client)
        return try await cluster.client.rollouts(of: "echo").first.map(holds) ?? false
      }
    }
  }
}
