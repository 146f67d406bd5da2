import AuguryClient
import Glibc
import QueueCore
import Testing

extension Cluster {
  /// `augury status`, `workers` and `jobs list`: tables for people, JSON for programs.
  @Suite struct TableTests {
    @Test("An empty cluster is shown as one")
    func empty() async throws {
      try await RunningCluster.run { cluster in
        let status = try await cluster.augury("status")
        #expect(status.end == .exited(0))
        #expect(status.output.contains(cluster.endpoints.frontend))
        #expect(status.output.contains("no models"))
        #expect(try await cluster.augury("workers").output == "no workers\n")
        #expect(try await cluster.augury("jobs", "list").output == "no jobs\n")
      }
    }

    @Test("A line for each worker and version, and their sums")
    func full() async throws {
      try await RunningCluster.run { cluster in
        let programs = try await cluster.startWorkers(.digits("1", "a"), .digits("2", "b"), .digits("2", "c"))
        let row = Digits.instances([try Digits.rows()[0]])
        for version in ["1", "2"] {
          let outcomes = try await sendAll(
            Array(repeating: row, count: 30), to: cluster.client, model: "digits", version: version, as: .json)
          #expect(outcomes.replies.count == 30)
        }
        try await eventually("the figures") {
          try await cluster.client.workers().map(\.requestsTotal).reduce(0, +) == 60
        }

        let workers = try await cluster.augury("workers")
        #expect(workers.end == .exited(0))
        #expect(workers.lines.count == 5, "a heading, three workers, the sums\n\(workers.output)")
        for (name, program) in zip(["a", "b", "c"], programs) {
          let line = try #require(workers.lines.first { $0.hasPrefix("\(name) ") })
          #expect(line.contains("ready") && line.contains(":\(program.pid)"), "\(line)")
        }
        let sums = try #require(workers.lines.last)
        #expect(sums.contains("3 workers") && sums.contains("60"), "\(sums)")

        let status = try await cluster.augury("status")
        #expect(status.lines.count == 5, "the broker, a heading, two versions, the sums\n\(status.output)")
        let two = try #require(status.lines.first { $0.hasPrefix("digits  2") || $0.contains(" 2  ready") })
        let digest = String(try await sha256(Digits.model("2")).prefix(12))
        #expect(two.contains("30") && two.contains(digest), "\(two)")
      }
    }

    @Test("--json is what the library decodes")
    func json() async throws {
      try await RunningCluster.run { cluster in
        let programs = try await cluster.startWorkers(.echo("a"))
        let status = try decode(try await cluster.augury("status", "--json").output, as: ClusterStatus.self)
        #expect(status.broker.frontend == cluster.endpoints.frontend)
        #expect(status.broker.backend == cluster.endpoints.backend)
        #expect(status.broker.events == cluster.endpoints.events)
        #expect(status.models.map(\.model) == ["echo"])
        #expect(status.models.map(\.workers.ready) == [1])
        #expect(status.counters["workers_joined"] == 1)
        let workers = try decode(try await cluster.augury("workers", "--json").output, as: WorkerList.self).workers
        #expect(workers.map(\.name) == ["a"])
        #expect(workers.map(\.pid) == programs.map { Int($0.pid) })
        #expect(workers.map(\.engine) == ["echo"])
      }
    }

    @Test("The broker is found by --broker, before or after the command, and by AUGURY_BROKER")
    func endpoint() async throws {
      try await RunningCluster.run { cluster in
        let before = try await runCommand(
          "\(Programs.folder)/augury", ["--broker", cluster.endpoints.frontend, "status", "--json"])
        #expect(before.end == .exited(0), "\(before.errors)")
        var variables = Programs.childEnvironment
        variables["AUGURY_BROKER"] = cluster.endpoints.frontend
        let environment = try await runCommand(
          "\(Programs.folder)/augury", ["status", "--json"], environment: variables)
        #expect(environment.end == .exited(0), "\(environment.errors)")
        let status = try decode(environment.output, as: ClusterStatus.self)
        #expect(status.broker.frontend == cluster.endpoints.frontend)
      }
    }
  }
}
