import AuguryClient
import FoundationEssentials
import QueueCore
import Testing

extension Cluster {
  /// Comparisons of real versions by real feedback.
  @Suite struct CompareTests {
    private struct Label: Decodable {
      var label: Int
    }

    @Test(
      "Two versions behind a route are compared by errors, latency, agreement of copies, and accuracy from feedback")
    func compare() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorkers(.digits("1", "one"), .digits("2", "two"))
        let on = try await cluster.augury("feedback", "on", "digits")
        #expect(on.end == .exited(0), "\(on.errors)")
        let set = try await cluster.augury("routes", "set", "digits", "1=1", "--shadow", "2")
        #expect(set.end == .exited(0), "\(set.errors)")
        let rows = try Digits.rows()
        let labels = try Self.labels()
        try #require(rows.count == labels.count && rows.count > 300)
        var truth: [String] = []
        var right: [String: Int] = ["1": 0, "2": 0]
        for version in ["1", "2"] {
          for (row, label) in zip(rows, labels) {
            let reply = try await cluster.client.ask(
              Digits.instances([row]), model: "digits", version: version == "1" ? nil : version, as: .json)
            #expect(reply.origin?.version == version)
            let predicted = try decode(try reply.text(), as: Predictions.self).predictions[0].label
            if predicted == label { right[version, default: 0] += 1 }
            truth.append(#"{"id":"\#(try #require(reply.predictionID))","truth":\#(label)}"#)
          }
        }
        let given = try await cluster.augury("feedback", "-f", "-", input: truth.joined(separator: "\n"))
        #expect(given.end == .exited(0), "\(given.errors)")

        try await eventually("all copies to be compared") {
          let agreement = try await Self.comparison(cluster).agreement
          return (agreement?.agreed ?? 0) + (agreement?.differed ?? 0) + (agreement?.incomparable ?? 0) >= rows.count
            / 2
        }
        let comparison = try await Self.comparison(cluster)
        #expect(comparison.baseline.requests == rows.count && comparison.candidate.requests == rows.count)
        #expect(comparison.baseline.failures == 0)
        #expect(comparison.baseline.latencySeconds.p99 > 0)
        let accuracy = try #require(comparison.metrics.first { $0.metric == "accuracy" })
        #expect(accuracy.baseline.count == rows.count && accuracy.candidate.count == rows.count)
        let counts = [accuracy.baseline, accuracy.candidate].map { Int((($0.value ?? 0) * Double($0.count)).rounded()) }
        #expect(counts == [right["1"], right["2"]])
        #expect(accuracy.verdict == "no difference found")
        let agreed = comparison.agreement?.agreed ?? 0
        #expect(agreed > 0 || (comparison.agreement?.differed ?? 0) > 0)
        let text = try await cluster.augury("compare", "digits", "1", "2")
        for word in ["accuracy", "error_rate", "copies:", "no difference found"] {
          #expect(text.output.contains(word), "\(text.output)")
        }
      }
    }

    private struct Predictions: Decodable {
      var predictions: [DigitPrediction]
    }

    private static func comparison(_ cluster: RunningCluster) async throws -> VersionComparisonStatus {
      let result = try await cluster.augury("compare", "digits", "1", "2", "--json")
      #expect(result.end == .exited(0), "\(result.errors)")
      return try decode(result.output, as: VersionComparisonStatus.self)
    }

    private static func labels() throws -> [Int] {
      try readText("\(Programs.packageRoot)/Examples/digits/heldout.labels.jsonl").split(separator: "\n").map { line in
        if let number = Int(line) { return number }
        return try decode(String(line), as: Label.self).label
      }
    }
  }
}
