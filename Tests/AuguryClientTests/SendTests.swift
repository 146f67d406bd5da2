import AuguryClient
import QueueCore
import Testing
import ZeroMQ

@Suite("A client's requests", .timeLimit(.minutes(3)))
struct SendTests {
  @Test("A request reaches the broker as it was made, and its answer comes back whole")
  func roundTrip() async throws {
    let origin = Origin(model: "digits", version: "2", digest: [UInt8](repeating: 7, count: 32), worker: "w-1")
    let broker = try ScriptedBroker { [$0.reply($0.parts.reversed(), contentType: .tensors, origin: origin)] }
    let client = try AuguryClient(broker: broker.endpoint, options: .patient)
    let reply = try await client.send(
      "digits", version: "2", contentType: .tensors, parts: [frame("one"), frame(""), frame("three")],
      timeout: .milliseconds(1500), requestClass: .batch)
    #expect(reply.content == [Array("three".utf8), [], Array("one".utf8)])
    #expect(reply.origin == origin)
    #expect(reply.contentType == .tensors)
    #expect(reply.attempts == 1 && reply.queueMicroseconds == 40 && reply.computeMicroseconds == 2)

    let heard = await broker.log.first(.request)
    let header = try RequestHeader(decoding: heard.header.span.bytes)
    #expect(header.timeoutMicroseconds == 1_500_000)
    #expect(header.requestClass == .batch)
    #expect(header.contentType == .tensors)
    await client.close()
    await broker.stop()
  }

  @Test("Requests that wait for the broker share messages of up to 64, and each gets its own answer")
  func sharedMessages() async throws {
    let broker = try ScriptedBroker { [$0.reply($0.parts)] }
    let client = try AuguryClient(broker: broker.endpoint, options: .patient)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<200 {
        group.addTask {
          let reply = try await client.send("m", contentType: .octets, parts: [frame("\(number)")])
          #expect(reply.content == [Array("\(number)".utf8)])
        }
      }
      try await group.waitForAll()
    }
    let units = broker.log.all(.request).map(\.unitsInMessage)
    #expect(units.count == 200)
    // They all came while the broker was not heard yet, or while others were being sent.
    #expect(units.contains { $0 > 1 })
    #expect(units.allSatisfy { $0 <= 64 })
    await client.close()
    await broker.stop()
  }

  @Test("A request without a time-out takes the client's, and none if the client has none")
  func defaultTimeout() async throws {
    let broker = try ScriptedBroker { [$0.reply([])] }
    for (timeout, expected) in [(Duration.seconds(7), Int64(7_000_000)), (nil, RequestHeader.noTimeout)] {
      var options = AuguryClient.Options.patient
      options.timeout = timeout
      let client = try AuguryClient(broker: broker.endpoint, options: options)
      _ = try await client.send("m", contentType: .octets, parts: [])
      let heard = try #require(broker.log.all(.request).last)
      #expect(try RequestHeader(decoding: heard.header.span.bytes).timeoutMicroseconds == expected)
      await client.close()
    }
    await broker.stop()
  }

  @Test("A time-out that is over already is for the broker to refuse", arguments: [Duration.zero, .seconds(-3)])
  func timeoutOfZero(timeout: Duration) async throws {
    let broker = try ScriptedBroker { unit in
      let header = try? RequestHeader(decoding: unit.header.span.bytes)
      return header?.timeoutMicroseconds == 0
        ? [unit.refusal(.deadlineExceeded, "DEADLINE_PASSED", "the time-out of 0 µs had passed")] : [unit.reply([])]
    }
    let client = try AuguryClient(broker: broker.endpoint, options: .patient)
    let error = await failure { () async throws(PredictionError) in
      try await client.send("m", contentType: .octets, parts: [], timeout: timeout)
    }
    #expect(error?.code == .deadlineExceeded)
    #expect(error?.reason == "DEADLINE_PASSED")
    await client.close()
    await broker.stop()
  }

  @Test("A refusal becomes an error with the broker's code, reason, message and hint")
  func refusal() async throws {
    let broker = try ScriptedBroker {
      [$0.refusal(.resourceExhausted, "BROKER_FULL", "100000 requests are queued", retryAfterMilliseconds: 100)]
    }
    let client = try AuguryClient(broker: broker.endpoint, options: .patient)
    let error = await failure { () async throws(PredictionError) in
      try await client.send("m", contentType: .octets, parts: [])
    }
    #expect(error?.code == .resourceExhausted)
    #expect(error?.reason == "BROKER_FULL")
    #expect(error?.message == "100000 requests are queued")
    #expect(error?.retryAfter == .milliseconds(100))
    #expect(error.map { "\($0)" } == "RESOURCE_EXHAUSTED: 100000 requests are queued")
    await client.close()
    await broker.stop()
  }

  @Test("10,000 requests at once, answered backwards and many to a message, each get their own answer")
  func pipelined() async throws {
    let count = 10_000
    let broker = try ScriptedBroker()
    var options = AuguryClient.Options.patient
    options.maxOutstanding = count
    let client = try AuguryClient(broker: broker.endpoint, options: options)
    async let answering: Void = {
      let requests = await broker.log.first(count, .request)
      var message: ScriptedBroker.Message = []
      for (index, request) in requests.reversed().enumerated() {
        message += request.reply(request.parts)
        guard (index + 1) % 128 == 0 || index == count - 1 else { continue }
        broker.send(message, to: request.client)
        message = []
      }
    }()
    let matched = try await withThrowingTaskGroup(of: Bool.self) { group in
      for index in 0..<count {
        group.addTask {
          let text = "request \(index)"
          let reply = try await client.send("m", contentType: .octets, parts: [frame(text)], timeout: .seconds(50))
          return reply.content == [Array(text.utf8)]
        }
      }
      return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    await answering
    #expect(matched == count)
    await client.close()
    await broker.stop()
  }

  @Test("One request more than may be outstanding is refused at once")
  func outstandingLimit() async throws {
    let broker = try ScriptedBroker()
    var options = AuguryClient.Options.patient
    options.maxOutstanding = 3
    let client = try AuguryClient(broker: broker.endpoint, options: options)
    let held = (0..<3).map { _ in
      Task { try await client.send("m", contentType: .octets, parts: []) }
    }
    let requests = await broker.log.first(3, .request)
    let error = await failure { () async throws(PredictionError) in
      try await client.send("m", contentType: .octets, parts: [])
    }
    #expect(error?.code == .resourceExhausted)
    #expect(error?.reason == "TOO_MANY_OUTSTANDING")
    for request in requests { broker.send(request.reply([]), to: request.client) }
    for task in held { _ = try await task.value }
    await client.close()
    await broker.stop()
  }

  @Test("What a header cannot hold is refused with the sizes, and nothing is sent")
  func tooLarge() async throws {
    let broker = try ScriptedBroker { [$0.reply([])] }
    let client = try AuguryClient(broker: broker.endpoint, options: .patient)
    let parts = try (0..<65).map { _ in try frame("") }
    let many = await failure { () async throws(PredictionError) in
      try await client.send("m", contentType: .octets, parts: parts)
    }
    #expect(many?.code == .invalidArgument)
    #expect(many?.message == "the payload has 65 parts, expected at most 64")
    let long = await failure { () async throws(PredictionError) in
      try await client.send(String(repeating: "m", count: 300), contentType: .octets, parts: [])
    }
    #expect(long?.message == "the model has 300 bytes, expected at most 255")
    _ = try await client.send("m", contentType: .octets, parts: [])
    #expect(broker.log.all(.request).count == 1)
    await client.close()
    await broker.stop()
  }

  @Test("An endpoint that is none is refused by name", arguments: ["localhost", "tcp://", "carrier-pigeon://loft", ""])
  func badEndpoint(endpoint: String) throws {
    let error = #expect(throws: PredictionError.self) { try AuguryClient(broker: endpoint) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.contains("'\(endpoint)'") == true)
  }
}
