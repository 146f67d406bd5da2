import AuguryClient
import FoundationEssentials
import Glibc
import QueueCore
import Testing

extension Cluster {
  /// Routes and aliases with real processes, as the command line sets them.
  @Suite struct RouteTests {
    /// How many of so many requests, each with a key of its own, each version answers.
    private static func answers(
      _ count: Int, _ cluster: RunningCluster, version: String? = nil
    ) async throws -> [String: Int] {
      let outcomes = try await sendAll((0..<count).map { "request \($0)" }, to: cluster.client, version: version)
      #expect(outcomes.errors.map(\.description) == [])
      var counts: [String: Int] = [:]
      for reply in outcomes.replies { counts[reply.origin?.version ?? "", default: 0] += 1 }
      return counts
    }

    private static func expect(
      _ cluster: RunningCluster, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
      let result = try await runCommand(
        "\(Programs.folder)/augury", arguments + ["--broker", cluster.endpoints.frontend])
      #expect(result.end == .exited(0), "\(result.errors)", sourceLocation: sourceLocation)
    }

    @Test("A route shares requests out by weight, is told by an event, and is the same after kill -9 of the broker")
    func weights() async throws {
      try await RunningCluster.run { cluster in
        let events = try await EventListener(cluster)
        try await cluster.startWorkers(.echo("one"), .echo("two", version: "2"))
        #expect(try await Self.answers(20, cluster) == ["2": 20], "without a route the highest version answers")
        try await Self.expect(cluster, "routes", "set", "echo", "1=80", "2=20", "--reason", "canary")
        try await events.event("route.changed", worker: nil)
        let shares = try await Self.answers(1000, cluster)
        // Five standard deviations of the binomial distribution.
        let deviation = (1000 * 0.2 * 0.8).squareRoot()
        let seconds = Double(shares["2"] ?? 0)
        #expect(abs(seconds - 200) <= 5 * deviation, "\(shares)")
        #expect(shares.values.reduce(0, +) == 1000)

        try cluster.broker.send(SIGKILL)
        _ = try await cluster.broker.waitForEnd()
        try await cluster.restartBroker()
        try await cluster.waitUntilReady(["one", "two"])
        let change = try #require(try await cluster.client.routes(of: "echo").first)
        #expect(change.epoch == 1 && change.reason == "canary" && change.by.contains("@"))
        #expect(change.route?.variants.map(\.version) == ["1", "2"])
        let again = try await Self.answers(1000, cluster)
        let (ones, twos) = (again["1"] ?? 0, again["2"] ?? 0)
        #expect(twos > 100 && ones > 600, "\(again)")
      }
    }

    @Test("Rollback puts the route before in force; the history tells who and why; remove gives the choice back")
    func rollback() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorkers(.echo("one"), .echo("two", version: "2"))
        try await Self.expect(cluster, "routes", "set", "echo", "1=1", "--reason", "first")
        try await Self.expect(cluster, "routes", "set", "echo", "2=1", "--reason", "second")
        #expect(try await Self.answers(10, cluster) == ["2": 10])
        try await Self.expect(cluster, "routes", "rollback", "echo")
        #expect(try await Self.answers(10, cluster) == ["1": 10])
        let reply = try await cluster.client.ask("x")
        #expect(reply.epoch == 3)
        let history = try await cluster.augury("routes", "history", "echo")
        #expect(history.lines.count == 4, "\(history.output)")
        for (line, word) in zip(history.lines.dropFirst(), ["first", "second", "rollback to epoch 1"]) {
          #expect(line.contains(word) && line.contains("@"), "\(line)")
        }
        try await Self.expect(cluster, "routes", "rollback", "echo", "--to", "2")
        #expect(try await Self.answers(10, cluster) == ["2": 10])
        try await Self.expect(cluster, "routes", "set", "echo", "1=1")
        try await Self.expect(cluster, "routes", "remove", "echo")
        #expect(try await Self.answers(10, cluster) == ["2": 10])
      }
    }

    @Test("A version or an alias in the request goes before the route; a moved alias holds at once and after a restart")
    func pins() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorkers(.echo("one"), .echo("two", version: "2"))
        try await Self.expect(cluster, "routes", "set", "echo", "1=1")
        #expect(try await Self.answers(5, cluster, version: "2") == ["2": 5])
        try await Self.expect(cluster, "models", "alias", "echo", "champion", "2")
        #expect(try await Self.answers(5, cluster, version: "champion") == ["2": 5])
        try await Self.expect(cluster, "models", "alias", "echo", "champion", "1")
        #expect(try await Self.answers(5, cluster, version: "champion") == ["1": 5])
        try cluster.broker.send(SIGKILL)
        _ = try await cluster.broker.waitForEnd()
        try await cluster.restartBroker()
        try await cluster.waitUntilReady(["one", "two"])
        #expect(try await Self.answers(5, cluster, version: "champion") == ["1": 5])
        try await Self.expect(cluster, "models", "unalias", "echo", "champion")
        let gone = try await cluster.client.refusal(of: "x", version: "champion")
        #expect(gone.code == .notFound)
      }
    }

    @Test("Unknown versions, routes that make no sense, and versions that are still routed are refused")
    func refusals() async throws {
      try await RunningCluster.run { cluster in
        let worker = try await cluster.startWorker(.echo("one"))
        let unknown = try await cluster.augury("routes", "set", "echo", "1=90", "7=10")
        #expect(unknown.end == .exited(2) && unknown.errors.contains("echo@7"), "\(unknown.errors)")
        let zero = try await cluster.augury("routes", "set", "echo", "1=0")
        #expect(zero.end == .exited(2) && zero.errors.contains("zero"), "\(zero.errors)")
        let nonsense = try await cluster.augury("routes", "set", "echo", "1")
        #expect(nonsense.end == .exited(64))
        try await Self.expect(cluster, "routes", "set", "echo", "1=1")
        worker.send(SIGTERM)
        try await cluster.waitUntilGone("one")
        let routed = try await cluster.augury("models", "delete", "echo", "1")
        #expect(routed.end == .exited(2) && routed.errors.contains("route of echo"), "\(routed.errors)")
        try await Self.expect(cluster, "routes", "remove", "echo")
        try await Self.expect(cluster, "models", "delete", "echo", "1")
      }
    }
  }
}
