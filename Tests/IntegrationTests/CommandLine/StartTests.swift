import AuguryClient
import Testing

extension Cluster {
  /// Command lines and settings with which the broker and the worker do not start, and what they say.
  @Suite struct StartTests {
    @Test("A worker whose flags make no sense says which, and exits with 64")
    func workerFlags() async throws {
      let base = ["--model", "m", "--version", "1"]
      let cases: [([String], [String])] = [
        (base + ["--engine", "echo", "--file", "x"], ["--engine echo", "--file x"]),
        (["--model", "no name", "--version", "1", "--engine", "echo"], ["--model", "no name"]),
        (base + ["--engine", "echo", "--broker", "nowhere"], ["--broker", "nowhere"]),
        (base + ["--engine", "echo", "--max-batch-size", "0"], ["--max-batch-size", "0"]),
        (base + ["--engine", "echo", "--heartbeat", "soon"], ["--heartbeat", "soon"]),
        (base + ["--engine", "abacus"], ["abacus", "echo"]),
      ]
      for (arguments, words) in cases {
        let result = try await runCommand("\(Programs.folder)/worker", arguments)
        #expect(result.end == .exited(64), "\(arguments)")
        for word in words { #expect(result.errors.contains(word), "\(arguments): \(result.errors)") }
      }
    }

    @Test("A broker whose settings make no sense, or whose port is taken, says so and does not start")
    func brokerSettings() async throws {
      try await RunningCluster.run { cluster in
        let file = "\(cluster.folder)/settings.yaml"
        try writeText("payloadBites: 5\n", to: file)
        let places = [
          "--backend", "tcp://127.0.0.1:*", "--events", "tcp://127.0.0.1:*", "--data-dir", "\(cluster.folder)/other",
        ]
        let cases: [([String], Int32, [String])] = [
          (["--frontend", "tcp://0.0.0.0:0"], 64, ["tcp://0.0.0.0:0", "--insecure"]),
          (["--frontend", "tcp://127.0.0.1:*", "--config", file], 64, ["payloadBites", file]),
          (["--frontend", "tcp://127.0.0.1:*", "--config", "/no/such/file"], 64, ["/no/such/file"]),
          (["--frontend", "tcp://127.0.0.1:*", "--payload-bytes", "many"], 64, ["payloadBytes", "many"]),
          (
            ["--frontend", "tcp://127.0.0.1:*", "--busy-poll-microseconds", "10001"], 64,
            ["busyPollMicroseconds", "0 to 10000"]
          ),
          (["--frontend", "tcp://127.0.0.1:*", "--log-level", "loud"], 64, ["loud", "trace"]),
          (["--frontend", cluster.endpoints.frontend], 1, [cluster.endpoints.frontend, "frontend"]),
        ]
        for (arguments, code, words) in cases {
          let result = try await runCommand("\(Programs.folder)/broker", arguments + places)
          #expect(result.end == .exited(code), "\(arguments): \(result.errors)")
          for word in words { #expect(result.errors.contains(word), "\(arguments): \(result.errors)") }
        }
        #expect(try await cluster.client.status().models.isEmpty, "the one that is there is not disturbed")
      }
    }

    @Test("A second broker on the same data folder does not start")
    func sameFolder() async throws {
      try await RunningCluster.run { cluster in
        let anyPort = "tcp://127.0.0.1:*"
        let result = try await runCommand(
          "\(Programs.folder)/broker",
          [
            "--frontend", anyPort, "--backend", anyPort, "--events", anyPort, "--data-dir", "\(cluster.folder)/data",
          ])
        #expect(result.end == .exited(1), "\(result.errors)")
        #expect(result.errors.contains("\(cluster.folder)/data"), "\(result.errors)")
        #expect(fileExists("\(cluster.folder)/data/endpoints.json"), "it has left the first one's file alone")
      }
    }

    @Test("A YAML file sets what flags and environment do not")
    func configuration() async throws {
      try await withTemporaryFolder { folder in
        let file = "\(folder)/settings.yaml"
        try writeText("payloadBytes: 1000\noutstandingPerClient: 7\n", to: file)
        try await RunningCluster.run(flags: ["--config", file], variables: ["OUTSTANDING_PER_CLIENT": "9"]) { cluster in
          try await cluster.startWorker(.echo("a", flags: ["--echo-delay", "300ms", "--credit", "1"]))
          let large = try await cluster.client.refusal(of: String(repeating: "x", count: 1001))
          #expect(large.message.contains("1000"), "\(large)")
          let outcomes = try await sendAll((0..<11).map { "\($0)" }, to: cluster.client)
          #expect(outcomes.errors.map(\.reason) == ["TOO_MANY_OUTSTANDING", "TOO_MANY_OUTSTANDING"])
          #expect(outcomes.errors.allSatisfy { $0.message.contains("9") })
        }
      }
    }
  }
}
