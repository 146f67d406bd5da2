import AuguryClient
import QueueCore
import Testing
import ZeroMQ

extension Cluster {
  /// The broker's limits: beyond each a refusal by name, and everything goes on.
  @Suite struct LimitTests {
    @Test("A payload of 9 MiB is refused with both sizes, and its connection lives on")
    func payload() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("a"))
        let large = try Frame(byteCount: 9 << 20) { _ in }
        let error = await #expect(throws: PredictionError.self) {
          try await cluster.client.send("echo", contentType: .octets, parts: [large])
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.reason == "PAYLOAD_TOO_LARGE")
        #expect(error?.message.contains("\(9 << 20)") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("\(8 << 20)") == true, "\(error?.message ?? "")")
        // On the same connection: the client would fail what is outstanding on one that broke.
        #expect(try await cluster.client.ask("small").text() == "small")

        let largest = try Frame(byteCount: 8 << 20) { _ in }
        let reply = try await cluster.client.send("echo", contentType: .octets, parts: [largest])
        #expect(reply.parts.map(\.byteCount) == [8 << 20])
        let halves = try Frame(byteCount: (4 << 20) + 1) { _ in }
        let together = await #expect(throws: PredictionError.self) {
          try await cluster.client.send("echo", contentType: .octets, parts: [halves, halves])
        }
        #expect(together?.reason == "PAYLOAD_TOO_LARGE", "what counts is the sum of the parts")
      }
    }

    @Test("A payload that not even the connection takes ends its own request in time, and the next one is answered")
    func outerWall() async throws {
      try await RunningCluster.run { cluster in
        try await cluster.startWorker(.echo("a"))
        let huge = try Frame(byteCount: (256 << 20) + 1) { _ in }
        let start = ContinuousClock.now
        let error = await #expect(throws: PredictionError.self) {
          try await cluster.client.send("echo", contentType: .octets, parts: [huge])
        }
        #expect(ContinuousClock.now - start < .seconds(20), "not only at its deadline: \(error?.description ?? "")")
        #expect([.invalidArgument, .unavailable].contains(error?.code), "\(error?.description ?? "")")
        #expect(try await cluster.client.ask("small").text() == "small")
      }
    }

    @Test("More requests outstanding than a client may have are refused, with a hint when to come back")
    func outstanding() async throws {
      try await RunningCluster.run(variables: ["OUTSTANDING_PER_CLIENT": "8"]) { cluster in
        try await cluster.startWorker(.echo("a", flags: ["--echo-delay", "300ms", "--credit", "1"]))
        let other = try AuguryClient(broker: cluster.endpoints.frontend)
        let outcomes = try await sendAll((0..<12).map { "\($0)" }, to: cluster.client) {
          try await eventually("refusals") { try await Self.refused(other) == 4 }
          #expect(try await other.ask("another client").text() == "another client")
        }
        await other.close()
        #expect(outcomes.replies.count == 8)
        Self.expectExhausted(outcomes.errors, count: 4, reason: "TOO_MANY_OUTSTANDING", limit: "8")
      }
    }

    @Test(
      "A full queue, a full broker and a full memory refuse what comes next, with the limit and a hint",
      arguments: [
        ("QUEUED_PER_VERSION", "5", "VERSION_QUEUE_FULL"), ("REQUESTS", "6", "BROKER_FULL"),
        ("HELD_BYTES", "600", "MEMORY_FULL"),
      ])
    func full(setting: String, limit: String, reason: String) async throws {
      try await RunningCluster.run(variables: [setting: limit]) { cluster in
        try await cluster.startWorker(.echo("a", flags: ["--echo-delay", "400ms", "--credit", "1"]))
        // One that the worker has first, so that it is not in the queue when the others come.
        let text = String(repeating: "x", count: 100)
        let outcomes = try await sendAll([text], to: cluster.client) {
          try await eventually("the worker to be busy") { try await cluster.worker("a")?.inFlight == 1 }
          let others = try await sendAll(Array(repeating: text, count: 8), to: cluster.client)
          #expect(others.replies.count == 5)
          Self.expectExhausted(others.errors, count: 3, reason: reason, limit: limit)
        }
        #expect(outcomes.replies.count == 1)
        #expect(try await cluster.client.ask("after").text() == "after")
      }
    }

    private static func refused(_ client: AuguryClient) async throws -> Int? {
      try await client.status().counters["requests_refused"]
    }

    private static func expectExhausted(
      _ errors: [PredictionError], count: Int, reason: String, limit: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(errors.count == count, sourceLocation: sourceLocation)
      for error in errors {
        #expect(error.code == .resourceExhausted, sourceLocation: sourceLocation)
        #expect(error.reason == reason, sourceLocation: sourceLocation)
        #expect(error.message.contains(limit), "\(error.message)", sourceLocation: sourceLocation)
        #expect((error.retryAfter ?? .zero) > .zero, sourceLocation: sourceLocation)
      }
    }
  }
}
