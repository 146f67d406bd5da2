import AuguryClient
import FoundationEssentials
import Glibc
import QueueCore
import Testing

extension Cluster {
  /// Feedback about predictions of real workers.
  @Suite struct FeedbackTests {
    @Test("Feedback finds a prediction by the id of its reply, at once, by file, and after kill -9 of the broker")
    func feedback() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.digits("2", "two"))
        let rows = try Digits.rows()
        let early = try await cluster.client.ask(Digits.instances([rows[0]]), model: "digits", as: .json)
        let on = try await cluster.augury("feedback", "on", "digits")
        #expect(on.end == .exited(0), "\(on.errors)")
        var ids: [String] = []
        for row in rows.prefix(20) {
          let reply = try await cluster.client.ask(Digits.instances([row]), model: "digits", as: .json)
          ids.append(try #require(reply.predictionID))
        }
        let first = try await cluster.augury("feedback", ids[0], "3")
        #expect(first.end == .exited(0), "\(first.errors)")
        let again = try await cluster.augury("feedback", ids[0], "4")
        #expect(again.end == .exited(1) && again.errors.contains("had feedback before"), "\(again.errors)")
        let late = try await cluster.augury("feedback", try #require(early.predictionID), "3")
        #expect(late.end == .exited(1) && late.errors.contains("is not remembered"), "\(late.errors)")

        try await eventually("all to be written down") {
          try await cluster.client.feedbackStatus().models.first?.remembered == 20
        }
        try cluster.broker.send(SIGKILL)
        _ = try await cluster.broker.waitForEnd()
        try await cluster.restartBroker()
        let file = "\(cluster.folder)/truth.jsonl"
        try writeText(ids.dropFirst().map { #"{"id":"\#($0)","truth":3}"# }.joined(separator: "\n"), to: file)
        let rest = try await cluster.augury("feedback", "-f", file, "--json")
        #expect(rest.end == .exited(0), "\(rest.errors)")
        #expect(try decode(rest.output, as: FeedbackReceipt.self) == FeedbackReceipt(accepted: 19))
        let status = try await cluster.client.feedbackStatus()
        #expect(status.models.first?.given == ["2": 20])

        try await cluster.waitUntilReady(["two"])
        let reply = try await cluster.client.ask(Digits.instances([rows[0]]), model: "digits", as: .json)
        let after = try await cluster.augury("feedback", try #require(reply.predictionID), "3")
        #expect(after.end == .exited(0), "the model is still observed: \(after.errors)")
      }
    }
  }
}
