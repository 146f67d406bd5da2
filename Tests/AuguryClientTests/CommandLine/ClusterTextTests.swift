import AuguryClient
import Testing

@testable import augury

@Suite("A cluster in words")
struct ClusterTextTests {
  private static let times = Quantiles(count: 9, mean: 0.001, p50: 0.001, p90: 0.002, p99: 0.004, max: 1)

  private func version(_ name: String, requests: Int, state: VersionStatus.State = .ready) -> VersionStatus {
    VersionStatus(
      model: "digits", version: name, digest: "0123456789abcdef", state: state,
      workers: WorkerCounts(ready: 2, warming: 1), queued: QueueDepths(online: 1, batch: 2), inFlight: 4,
      requestsTotal: requests, rowsTotal: 5000, errors: ["INTERNAL": 1, "UNAVAILABLE": 2], queueSeconds: Self.times,
      computeSeconds: Self.times, latencySeconds: Quantiles())
  }

  private func worker(_ name: String, requests: Int) -> WorkerStatus {
    WorkerStatus(
      name: name, model: "digits", version: "2", state: .suspect, host: "box", pid: 42, engine: "echo", digest: "",
      lastBeatSeconds: 2.5, uptimeSeconds: 100, loadSeconds: 1, credit: 8, bulkCredit: 1, inFlight: 3, queued: 1,
      requestsTotal: requests, rowsTotal: 7, batchesTotal: 5, errors: [:], queueSeconds: Self.times,
      computeSeconds: Quantiles(), rssBytes: 50 << 20, cpuSeconds: 1.25)
  }

  private func status(_ versions: [VersionStatus], clients: Int? = 1, draining: Bool = false) -> ClusterStatus {
    ClusterStatus(
      broker: BrokerStatus(
        version: "0.1", instance: "ff", uptimeSeconds: 90, frontend: "tcp://a:1", backend: "tcp://a:2", events: "e",
        clients: clients, draining: draining),
      models: versions, counters: [:])
  }

  @Test("The status is the broker's line, a line a version, and their sums where there are several")
  func versions() throws {
    let text = ClusterText.status(self.status([self.version("1", requests: 1000), self.version("2", requests: 234)]))
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines[0] == "broker 0.1 at tcp://a:1, workers at tcp://a:2, up 1m30s, 1 client")
    #expect(lines[1].isEmpty)
    #expect(
      words(lines[3])
        == "digits 1 ready 2 + 1 warming 3 4 1,000 5,000 3 1.00 ms 4.00 ms 1.00 ms 4.00 ms - - 0123456789ab")
    #expect(words(lines[5]) == "total 6 6 8 1,234 10,000 6")
    let single = ClusterText.status(self.status([self.version("1", requests: 1)], clients: nil, draining: true))
    #expect(!single.contains("total"))
    #expect(single.hasPrefix("broker 0.1 at tcp://a:1, workers at tcp://a:2, up 1m30s, draining\n"))
    #expect(ClusterText.status(self.status([])).hasSuffix("\nno models\n"))
  }

  @Test("Workers have a line each, with the age of the last beat, and their sums where there are several")
  func workers() {
    #expect(ClusterText.workers([]) == "no workers\n")
    let lines = ClusterText.workers([self.worker("w-1", requests: 10), self.worker("w-2", requests: 5)])
      .split(separator: "\n").map(String.init)
    #expect(words(lines[1]) == "w-1 digits@2 suspect 2.5 s 3 1 10 7 5 0 4.00 ms - - 50.0 MiB 1.3 s 1m40s echo box:42")
    #expect(words(lines[3]) == "total 2 workers 6 2 15 14 10 0 100.0 MiB 2.5 s")
    #expect(ClusterText.workers([self.worker("w-1", requests: 1)]).split(separator: "\n").count == 2)
  }

  @Test("Figures that do not fit together do not stop the program")
  func overflow() {
    let text = ClusterText.workers([self.worker("a", requests: .max), self.worker("b", requests: .max)])
    #expect(text.contains("9,223,372,036,854,775,807"))
  }

  private func words(_ line: String) -> String {
    line.split(separator: " ").joined(separator: " ")
  }
}
