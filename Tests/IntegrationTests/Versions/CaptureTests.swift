import AuguryClient
import FoundationEssentials
import Glibc
import QueueCore
import Testing

extension Cluster {
  /// Captured predictions of real workers, in real files.
  @Suite struct CaptureTests {
    private struct Line: Decodable {
      struct Input: Decodable {
        struct Instances: Decodable {
          var instances: [[Double]]
        }

        var content: Instances?
        var parts: [String]?
      }

      struct Output: Decodable {
        struct Predictions: Decodable {
          var predictions: [DigitPrediction]
        }

        var content: Predictions?
        var parts: [String]?
      }

      var id: String
      var version: String
      var probability: Double
      var status: String
      var input: Input
      var output: Output?
      var truth: [String]?
    }

    @Test("A share is captured, survives kill -9 of the broker in the middle with a torn last line, and is exported")
    func survivesKill() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("one"))
        let set = try await cluster.augury("capture", "set", "echo", "--share", "0.5", "--segment-bytes", "20000")
        #expect(set.end == .exited(0) && set.output.contains("50 %"), "\(set.errors)")
        let texts = (0..<400).map { "request \($0)" }
        let first = try await sendAll(texts, to: cluster.client)
        #expect(first.errors.isEmpty)
        try await eventually("segments to be closed") {
          try await cluster.client.captureStatus().models.first?.segments ?? 0 > 1
        }
        let written = Set(try await Self.export(cluster).map(\.id))
        // More come while the broker dies.
        _ = try await sendAll(texts, to: cluster.client, timeout: .seconds(20)) {
          try cluster.broker.send(SIGKILL)
          _ = try await cluster.broker.waitForEnd()
          try Self.tearLastLine(cluster)
          try await cluster.restartBroker()
        }

        let status = try await eventually("the client to find the new broker") {
          try await cluster.client.captureStatus().models.first
        }
        #expect(status.tornLines == 1 && status.settings?.share == 0.5)
        #expect(try cluster.broker.logTail.contains("torn"))
        try await cluster.waitUntilReady(["one"])
        let after = try await cluster.client.ask("after")
        #expect(after.predictionID != nil)
        let again = try await sendAll(texts, to: cluster.client)
        #expect(again.errors.isEmpty)
        let lines = try await Self.export(cluster)
        let ids = lines.map(\.id)
        #expect(Set(ids).count == ids.count)
        #expect(written.subtracting(ids).count <= 1, "no more is lost than the line that was torn")
        let captured = Set(ids)
        // Which are captured follows from their ids alone, before and after the kill.
        let sampler = try CaptureSampler(share: 0.5)
        for reply in first.replies + again.replies {
          let id = try #require(reply.predictionID.flatMap { PredictionID($0) })
          if sampler.isCaptured(predictionID: id.rawValue) {
            #expect(captured.contains(id.description) || written.contains(id.description))
          } else {
            #expect(!captured.contains(id.description))
          }
        }
        for line in lines {
          #expect(line.probability == 0.5 && line.version == "1" && line.status == "OK")
          #expect(line.input.parts == line.output?.parts, "an echo")
        }
      }
    }

    @Test("An export holds inputs, outputs, and the truth from feedback: all that retraining needs")
    func retrainingSet() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.digits("2", "two"))
        for arguments in [["feedback", "on", "digits"], ["capture", "set", "digits", "--share", "1"]] {
          let result = try await runCommand(
            "\(Programs.folder)/augury", arguments + ["--broker", cluster.endpoints.frontend])
          #expect(result.end == .exited(0), "\(result.errors)")
        }
        let rows = try Digits.rows().prefix(30)
        var truth: [String: Int] = [:]
        for (index, row) in rows.enumerated() {
          let reply = try await cluster.client.ask(Digits.instances([row]), model: "digits", as: .json)
          if index.isMultiple(of: 2) { truth[try #require(reply.predictionID)] = index % 10 }
        }
        let items = truth.map { FeedbackItem(id: $0.key, truth: .number(Double($0.value))) }
        #expect(try await cluster.client.giveFeedback(items).accepted == 15)
        let lines = try await Self.export(cluster, model: "digits", "--version", "2", "--since", "1h")
        #expect(lines.count == 30)
        for line in lines {
          #expect(line.truth == truth[line.id].map { ["\($0)"] })
          #expect(line.input.content?.instances.count == 1 && line.output?.content?.predictions.count == 1)
        }
        #expect(try await Self.export(cluster, model: "digits", "--version", "1").isEmpty)
        #expect(try await Self.export(cluster, model: "digits", "--since", "2099-01-01T00:00:00Z").isEmpty)

        let off = try await cluster.augury("capture", "off", "digits")
        #expect(off.end == .exited(0), "\(off.errors)")
        _ = try await cluster.client.ask(Digits.instances([rows[0]]), model: "digits", as: .json)
        let table = try await cluster.augury("capture", "status")
        #expect(table.output.contains("digits") && table.output.contains("off"), "\(table.output)")
        #expect(try await Self.export(cluster, model: "digits").count == 30)
        let unknown = try await cluster.augury("capture", "export", "nothing", "-o", "-")
        #expect(unknown.end == .exited(2), "\(unknown.errors)")
      }
    }

    private static func export(
      _ cluster: RunningCluster, model: String = "echo", _ arguments: String...
    ) async throws -> [Line] {
      let file = "\(cluster.folder)/captured.jsonl"
      let result = try await runCommand(
        "\(Programs.folder)/augury",
        ["capture", "export", model, "-o", file, "--broker", cluster.endpoints.frontend] + arguments)
      #expect(result.end == .exited(0), "\(result.errors)")
      return try readText(file).split(separator: "\n").map { try decode(String($0), as: Line.self) }
    }

    /// Cuts a few bytes off the segment that is being written, as a loss of power may.
    private static func tearLastLine(_ cluster: RunningCluster) throws {
      let folder = "\(cluster.folder)/data/capture/echo"
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      let path = "\(folder)/\(try #require(names.first { $0.hasSuffix(".open.jsonl") }))"
      let size = try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
      try #require(truncate(path, size - 5) == 0)
    }
  }
}
