import AuguryClient
import FoundationEssentials
import Glibc
import Testing

extension Cluster {
  /// `augury predict`, as people and scripts use it.
  @Suite struct PredictCommandTests {
    /// A line of `predict --json`.
    private struct Line: Decodable {
      struct Failure: Decodable {
        var code: String
        var reason: String
        var message: String
      }

      var row: Int
      var prediction: DigitPrediction?
      var error: Failure?
      var model: String?
      var version: String?
      var worker: String?
      var digest: String?
      var latency: Double?
      var attempts: Int?

      enum CodingKeys: String, CodingKey {
        case row
        case prediction
        case error
        case model
        case version
        case worker
        case digest
        case latency = "latency_seconds"
        case attempts
      }
    }

    @Test("Rows from the standard input give a prediction a line, in order")
    func rows() async throws {
      let rows = try Digits.rows()
      try await RunningCluster.run { cluster in
        try await cluster.startWorkers(.digits("1", "a"), .digits("2", "b"))
        let text = rows.joined(separator: "\n") + "\n"
        let plain = try await cluster.augury("predict", "digits@1", input: text)
        #expect(plain.end == .exited(0), "\(plain.errors)")
        expectAgreement(try decodeLines(plain.output), with: try Digits.reference(version: "1"))
        #expect(plain.errors.contains("450 rows, 0 failed"), "\(plain.errors)")

        let full = try await cluster.augury("predict", "digits", "-f", "-", "--json", input: text)
        #expect(full.end == .exited(0), "\(full.errors)")
        let lines = try decodeLines(full.output, as: Line.self)
        expectAgreement(lines.compactMap(\.prediction), with: try Digits.reference(version: "2"))
        let digest = try await sha256(Digits.model("2"))
        #expect(lines.map(\.row) == Array(1...450))
        #expect(lines.allSatisfy { $0.model == "digits" && $0.version == "2" && $0.worker == "b" })
        #expect(lines.allSatisfy { $0.digest == digest && $0.attempts == 1 && ($0.latency ?? 0) > 0 })
      }
    }

    @Test("A document goes through as it is; where its answer comes from is told beside it")
    func document() async throws {
      let rows = try Digits.rows()
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.digits("2", "b"))
        let file = "\(cluster.folder)/request.json"
        try writeText(Digits.instances(rows.prefix(3)), to: file)
        let result = try await cluster.augury("predict", "digits@2", "-f", file)
        #expect(result.end == .exited(0), "\(result.errors)")
        let reply = try decode(result.output, as: InstancesReply.self)
        expectAgreement(reply.predictions, with: Array(try Digits.reference(version: "2").prefix(3)))
        #expect(result.errors.contains("digits@2 by b"), "\(result.errors)")
      }
    }

    @Test("Bad rows are told by number and do not stop the others; the exit code is 1")
    func badRows() async throws {
      let rows = try Digits.rows()
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.digits("2", "b"))
        let text = [rows[0], "[1,2]", "", rows[1], "nonsense", rows[2]].joined(separator: "\n")
        let result = try await cluster.augury("predict", "digits", "--json", input: text)
        #expect(result.end == .exited(1), "\(result.errors)")
        let lines = try decodeLines(result.output, as: Line.self)
        expectAgreement(lines.compactMap(\.prediction), with: Array(try Digits.reference(version: "2").prefix(3)))
        let failures = lines.filter { $0.error != nil }
        #expect(failures.map(\.row) == [2, 4], "from 1, blank lines not counted")
        #expect(failures.map { $0.error?.code } == ["INVALID_ARGUMENT", "INVALID_ARGUMENT"])
        #expect(result.errors.contains("row 2") && result.errors.contains("64"), "\(result.errors)")
      }
    }

    @Test("Exit codes: 2 for what is refused, 3 for nobody there and no time, 64 for a wrong command line or file")
    func exitCodes() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("a", flags: ["--echo-delay", "3s"]))
        let refused = try await cluster.augury("predict", "letters", input: "[1]\n")
        #expect(refused.end == .exited(2), "\(refused.errors)")
        #expect(refused.errors.contains("NOT_FOUND") && refused.errors.contains("letters"), "\(refused.errors)")

        let late = try await cluster.augury("predict", "echo", "--timeout", "100ms", input: #"{"instances":[1]}"#)
        #expect(late.end == .exited(3), "\(late.errors)")
        #expect(late.errors.contains("DEADLINE_EXCEEDED"), "\(late.errors)")

        let file = try await cluster.augury("predict", "echo", "-f", "\(cluster.folder)/nothing")
        #expect(file.end == .exited(64), "\(file.errors)")
        #expect(file.errors.contains("\(cluster.folder)/nothing"))
        #expect(try await cluster.augury("predict").end == .exited(64))
        #expect(try await cluster.augury("predict", "echo", "--timeout", "soon").end == .exited(64))

        let nobody = try await runCommand(
          "\(Programs.folder)/augury", ["status", "--broker", "tcp://127.0.0.1:9"])
        #expect(nobody.end == .exited(3), "\(nobody.errors)")
        #expect(nobody.errors.contains("tcp://127.0.0.1:9"), "\(nobody.errors)")
      }
    }

    @Test("SIGINT ends a command with 130")
    func interrupted() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("a", flags: ["--echo-delay", "20s"]))
        let input = "\(cluster.folder)/request.json"
        try writeText(#"{"instances":[1]}"#, to: input)
        let command = try cluster.start(
          "\(Programs.folder)/augury", ["predict", "echo", "-f", input, "--broker", cluster.endpoints.frontend],
          name: "augury")
        try await eventually("its request to be under way") { try await cluster.worker("a")?.inFlight == 1 }
        command.send(SIGINT)
        #expect(try await command.waitForEnd() == .exited(130))
      }
    }
  }
}
