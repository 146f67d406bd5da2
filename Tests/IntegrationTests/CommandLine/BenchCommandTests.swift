import AuguryClient
import FoundationEssentials
import Testing

extension Cluster {
  /// `augury bench`, as people and scripts use it.
  @Suite struct BenchCommandTests {
    /// What of its JSON these tests look at.
    private struct Report: Decodable {
      struct Percentiles: Decodable {
        var p50: Double
        var p999: Double
        var max: Double
      }

      struct Ending: Decodable {
        var count: Int
        var latency: Percentiles?
        var example: String?

        enum CodingKeys: String, CodingKey {
          case count
          case latency = "latency_seconds"
          case example
        }
      }

      struct Machine: Decodable {
        var cores: Int
        var cpu: String
        var kernel: String
      }

      var model: String
      var version: String?
      var loop: String
      var origin: String
      var clients: Int
      var instances: Int
      var contentType: String
      var requests: Int
      var unsent: Int
      var latency: Percentiles?
      var answers: [String: Ending]
      var failures: [String: Ending]
      var goodput: Double
      var goodputInstances: Double
      var machine: Machine

      enum CodingKeys: String, CodingKey {
        case model
        case version
        case loop
        case origin = "latency_counts_from"
        case clients
        case instances
        case contentType = "content_type"
        case requests
        case unsent
        case latency = "latency_seconds"
        case answers
        case failures
        case goodput = "goodput_per_second"
        case goodputInstances = "goodput_instances_per_second"
        case machine
      }
    }

    @Test("Load for a real model, as JSON and as raw tensors: every request that fell due is answered and counted")
    func digits() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.digits("2", "b"))
        let before = try await cluster.worker("b")?.requestsTotal ?? 0
        let open = try await cluster.augury(
          "bench", "digits@2", "--rate", "200", "--duration", "1", "--warm-up", "500ms", "--instances", "3", "--json",
          "-")
        let report = try decode(open.output, as: Report.self)
        #expect(open.end == .exited(report.unsent == 0 ? 0 : 1), "\(open.errors)")
        #expect(report.model == "digits" && report.version == "2" && report.loop == "open" && report.origin == "due")
        #expect(report.instances == 3 && report.clients == 1 && report.contentType == "application/json")
        #expect(report.requests + report.unsent == 200 && report.answers["OK"]?.count == report.requests)
        let latency = try #require(report.latency)
        #expect(latency.p50 > 0 && latency.p50 <= latency.p999 && latency.p999 <= latency.max)
        #expect(abs(report.goodputInstances - 3 * report.goodput) < 0.01)
        #expect(report.machine.cores > 0 && !report.machine.cpu.isEmpty && !report.machine.kernel.isEmpty)
        try await eventually("the worker to have had them all, and the one sent ahead") {
          try await cluster.worker("b")?.requestsTotal == before + report.requests + 100 + 1
        }

        let file = "\(cluster.folder)/figures.json"
        let closed = try await cluster.augury(
          "bench", "digits", "--concurrency", "8", "--clients", "3", "--duration", "300ms", "--warm-up", "0",
          "--binary", "--payload", "random", "--json", file)
        #expect(closed.end == .exited(0), "\(closed.errors)")
        #expect(closed.output.contains("closed loop, 8 outstanding, 3 connections"), "\(closed.output)")
        #expect(closed.output.contains("service times"), "\(closed.output)")
        let other = try decode(readText(file), as: Report.self)
        #expect(other.loop == "closed" && other.origin == "sent" && other.clients == 3 && other.version == nil)
        #expect(other.contentType == "application/vnd.augury.tensors" && other.answers.keys.sorted() == ["OK"])
      }
    }

    @Test("Rows of a file are sent so many at a time; a document as it is")
    func payloads() async throws {
      let rows = try Digits.rows()
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.digits("2", "b"))
        let (lines, document) = ("\(cluster.folder)/rows.jsonl", "\(cluster.folder)/document.json")
        try writeText(rows.joined(separator: "\n"), to: lines)
        try writeText(Digits.instances(rows.prefix(5)), to: document)
        for (arguments, instances) in [
          (["--payload", lines, "--instances", "7"], 7), (["--payload", lines, "--binary"], 1),
          (["--payload", document], 5), (["--payload", document, "--binary"], 5),
        ] {
          let result = try await runCommand(
            "\(Programs.folder)/augury",
            ["bench", "digits", "--concurrency", "2", "--duration", "100ms", "--warm-up", "0", "--json", "-"]
              + arguments + ["--broker", cluster.endpoints.frontend])
          let report = try decode(result.output, as: Report.self)
          #expect(result.end == .exited(0) && report.instances == instances, "\(arguments): \(result.errors)")
        }
      }
    }

    @Test("Requests that are refused or late are counted by code, and the exit code is 1")
    func refusals() async throws {
      try await RunningCluster.run(variables: ["QUEUED_PER_VERSION": "5"]) { cluster in
        try await cluster.startWorker(.echo("a", flags: ["--echo-delay", "50ms"]))
        let file = "\(cluster.folder)/one.json"
        try writeText(#"{"instances":[1]}"#, to: file)
        let result = try await cluster.augury(
          "bench", "echo", "--payload", file, "--rate", "2000", "--duration", "500ms", "--warm-up", "0", "--timeout",
          "300ms", "--json", "-")
        #expect(result.end == .exited(1), "\(result.errors)")
        let report = try decode(result.output, as: Report.self)
        let refused = report.answers.filter { $0.key != "OK" }
        #expect(refused["RESOURCE_EXHAUSTED"]?.example?.contains("VERSION_QUEUE_FULL") == true, "\(result.output)")
        #expect(
          !refused.isEmpty && refused.values.allSatisfy { $0.count > 0 && $0.latency != nil && $0.example != nil })
        let ended = (Array(report.answers.values) + Array(report.failures.values)).reduce(0) { $0 + $1.count }
        #expect(ended == report.requests && report.requests + report.unsent == 1000)
      }
    }

    @Test("What cannot be measured is told before there is load, with the exit codes of the other commands")
    func errors() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorkers(.digits("2", "b"), .echo("a"))
        func check(_ arguments: [String], _ code: Int32, _ text: String) async throws {
          let result = try await runCommand("\(Programs.folder)/augury", ["bench"] + arguments)
          #expect(result.end == .exited(code), "\(arguments): \(result.output)\(result.errors)")
          #expect(result.errors.contains(text), "\(arguments): \(result.errors)")
        }
        let broker = ["--broker", cluster.endpoints.frontend]
        let wrong = "\(cluster.folder)/wrong.json"
        try writeText(#"{"instances":[[1,2]]}"#, to: wrong)
        try await check(["letters", "--rate", "10"] + broker, 2, "letters")
        try await check(["digits@7", "--rate", "10"] + broker, 2, "7")
        try await check(["digits", "--rate", "10", "--payload", wrong] + broker, 2, "64")
        try await check(["digits", "--rate", "10", "--payload", wrong, "--binary"] + broker, 64, "64")
        try await check(["digits", "--rate", "10", "--payload", "\(wrong)x"] + broker, 64, "\(wrong)x")
        try await check(["digits", "--rate", "10", "--payload", wrong, "--instances", "2"] + broker, 64, "as it is")
        try await check(["echo", "--rate", "10"] + broker, 64, "does not say what inputs")
        try await check(["digits", "--rate", "10", "--broker", "tcp://127.0.0.1:9"], 3, "tcp://127.0.0.1:9")
        try await check(["digits"], 64, "--rate")
        try await check(["digits", "--rate", "10", "--concurrency", "1"], 64, "--concurrency")
        try await check(["digits", "--rate", "0"], 64, "--rate")
        try await check(["digits", "--rate", "10", "--http", "http://127.0.0.1:9"], 3, "127.0.0.1:9")
        try await check(["digits", "--rate", "10", "--http", "127.0.0.1:9"], 64, "http://")
        try await check(
          ["digits", "--concurrency", "2", "--clients", "3", "--http", "http://a"], 64, "one request at a time")
      }
    }
  }
}
