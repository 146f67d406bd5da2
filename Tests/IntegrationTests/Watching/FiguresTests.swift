import AuguryClient
import Glibc
import QueueCore
import Testing

extension Cluster {
  /// Figures of heartbeats, added up by the broker.
  @Suite struct FiguresTests {
    @Test("A version's sums are those of its workers, errors by code too, and survive the death of one")
    func sums() async throws {
      let rows = try Digits.rows()
      try await RunningCluster.run { cluster in
        let workers = try await cluster.startWorkers(.digits("1", "a"), .digits("1", "b"))
        let good = rows.prefix(40).map { Digits.instances([$0, $0]) }
        let outcomes = try await sendAll(
          good + Array(repeating: #"{"instances":[1]}"#, count: 5), to: cluster.client, model: "digits", as: .json)
        #expect(outcomes.replies.count == 40)
        #expect(outcomes.errors.count == 5)
        // 45 requests, of which 40 had two rows each.
        let sums = try await Self.sums(cluster) { $0.requestsTotal == 45 && $0.rowsTotal == 80 }
        #expect(sums.errors == ["INVALID_ARGUMENT": 5])
        let each = try await cluster.client.workers()
        #expect(each.map(\.requestsTotal).reduce(0, +) == 45)
        #expect(each.map(\.rowsTotal).reduce(0, +) == 80)
        #expect(sums.computeSeconds.count == each.map(\.batchesTotal).reduce(0, +))
        #expect(sums.queueSeconds.count == 45)
        #expect(sums.latencySeconds.count == 45)
        #expect(sums.latencySeconds.max >= sums.latencySeconds.p50)
        for worker in each {
          #expect(worker.rssBytes > 1 << 20)
          #expect(worker.cpuSeconds > 0)
          #expect(worker.uptimeSeconds > 0)
          #expect(worker.engine == "onnxruntime 1.28.0")
        }
        #expect(each.map(\.pid).sorted() == workers.map { Int($0.pid) }.sorted())

        workers[0].send(SIGKILL)
        try await cluster.waitUntilGone("a")
        let after = try await Self.sums(cluster) { $0.workers.total == 1 }
        #expect(after.requestsTotal == 45)
        #expect(after.rowsTotal == 80)
        #expect(after.errors == ["INVALID_ARGUMENT": 5])
        #expect(try await cluster.client.ask(good[0], model: "digits", as: .json).origin?.worker == "b")
        _ = try await Self.sums(cluster) { $0.requestsTotal == 46 && $0.rowsTotal == 82 }
      }
    }

    @Test("The broker's books agree with each other")
    func books() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorkers(.echo("a"), .echo("b"))
        let outcomes = try await sendAll((0..<500).map { "\($0)" }, to: cluster.client)
        #expect(outcomes.replies.count == 500)
        for _ in 0..<3 { _ = try await cluster.client.refusal(of: "x", version: "9") }
        let counters = try await cluster.client.status().counters
        #expect(counters["requests_accepted"] == 500)
        #expect(counters["requests_replied"] == 500)
        #expect(counters["requests_refused"] == 3)
        #expect(counters["refusals_NOT_FOUND"] == 3)
        #expect(counters["work_dispatched"] == 500)
        #expect(counters["payloads_taken"] == counters["payloads_released"])
      }
    }

    private static func sums(
      _ cluster: RunningCluster, until isThere: (VersionStatus) -> Bool
    ) async throws -> VersionStatus {
      try await eventually("the figures") {
        let version = try await cluster.version("digits", "1")
        return isThere(version) ? version : nil
      }
    }
  }
}
