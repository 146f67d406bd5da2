import AuguryClient
import QueueCore
import Testing
import ZeroMQ

@Suite("A client whose broker is lost", .timeLimit(.minutes(3)))
struct LossTests {
  /// An endpoint on which nobody listens.
  private func freeEndpoint() async throws -> String {
    let broker = try ScriptedBroker()
    await broker.stop()
    return broker.endpoint
  }

  @Test("Towards nobody a request ends at its deadline")
  func deadlineTowardsNobody() async throws {
    var options = AuguryClient.Options.patient
    options.grace = .milliseconds(10)
    let client = try AuguryClient(broker: try await self.freeEndpoint(), options: options)
    let error = await failure { () async throws(PredictionError) in
      try await client.send("m", contentType: .octets, parts: [], timeout: .milliseconds(50))
    }
    #expect(error?.code == .deadlineExceeded)
    #expect(error?.reason == "NO_REPLY_IN_TIME")
    #expect(error?.message.contains(client.broker) == true)
    await client.close()
  }

  @Test("Towards nobody a request without a deadline ends when no PING was answered")
  func silenceTowardsNobody() async throws {
    let client = try AuguryClient(broker: try await self.freeEndpoint(), options: .impatient)
    let error = await failure { () async throws(PredictionError) in
      try await client.send("m", contentType: .octets, parts: [])
    }
    #expect(error?.code == .unavailable)
    #expect(error?.reason == "BROKER_SILENT")
    #expect(error?.message.contains("no broker answers at \(client.broker)") == true)
    await client.close()
  }

  @Test("A broker that answers no PING is taken for dead and gets no work, control calls neither")
  func silence() async throws {
    let broker = try ScriptedBroker(instance: nil)
    let client = try AuguryClient(broker: broker.endpoint, options: .impatient)
    async let status = failure { () async throws(PredictionError) in try await client.status() }
    async let reply = failure { () async throws(PredictionError) in
      try await client.send("m", contentType: .octets, parts: [])
    }
    #expect(await status?.reason == "BROKER_SILENT")
    #expect(await reply?.reason == "BROKER_SILENT")
    _ = await broker.log.first(4, .ping)
    #expect(broker.log.all(.request).isEmpty && broker.log.all(.control).isEmpty)
    await client.close()
    await broker.stop()
  }

  @Test("A slow broker that answers PINGs is waited for, however often")
  func slowBroker() async throws {
    let broker = try ScriptedBroker()
    var options = AuguryClient.Options.impatient
    options.liveness = 80
    let client = try AuguryClient(broker: broker.endpoint, options: options)
    async let reply = client.send("m", contentType: .octets, parts: [])
    let request = await broker.log.first(.request)
    _ = await broker.log.first(100, .ping)
    broker.send(request.reply([[1]]), to: request.client)
    #expect(try await reply.content == [[1]])
    await client.close()
    await broker.stop()
  }

  @Test("A restart fails what the old broker had, and the new one is used from then on")
  func restart() async throws {
    let old = try ScriptedBroker(instance: 1)
    let client = try AuguryClient(broker: old.endpoint, options: .impatient)
    async let lost = failure { () async throws(PredictionError) in
      try await client.send("m", contentType: .octets, parts: [])
    }
    _ = await old.log.first(.request)
    _ = await old.log.first(2, .ping)
    await old.stop()
    let new = try ScriptedBroker(endpoint: old.endpoint, instance: 2) { [$0.reply([[9]])] }
    let error = await lost
    #expect(error?.code == .unavailable)
    #expect(["BROKER_RESTARTED", "BROKER_SILENT"].contains(error?.reason))
    var reply: RawReply?
    while reply == nil { reply = try? await client.send("m", contentType: .octets, parts: []) }
    #expect(reply?.content == [[9]])
    await client.close()
    await new.stop()
  }

  @Test("Another instance behind the same connection fails what was sent before, by name")
  func changedInstance() async throws {
    let broker = try ScriptedBroker(instance: nil)
    var options = AuguryClient.Options.impatient
    options.liveness = 1000
    let client = try AuguryClient(broker: broker.endpoint, options: options)
    async let lost = failure { () async throws(PredictionError) in
      try await client.send("m", contentType: .octets, parts: [])
    }
    let ping = await broker.log.first(.ping)
    let first = try PingHeader(decoding: ping.header.span.bytes)
    broker.send([PingHeader(nonce: first.nonce, instance: 1).encoded.array], to: ping.client)
    let second = await broker.log.first(2, .ping)[1]
    let last = try PingHeader(decoding: second.header.span.bytes)
    broker.send([PingHeader(nonce: last.nonce, instance: 2).encoded.array], to: ping.client)
    #expect(await lost?.reason == "BROKER_RESTARTED")
    await client.close()
    await broker.stop()
  }

  @Test("What was given up before there was a connection is never sent")
  func lateBrokerFindsNoStaleWork() async throws {
    let endpoint = try await self.freeEndpoint()
    var options = AuguryClient.Options.patient
    options.grace = .zero
    let client = try AuguryClient(broker: endpoint, options: options)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<200 {
        group.addTask {
          _ = try? await client.send("m", contentType: .octets, parts: [], timeout: .milliseconds(1))
        }
      }
    }
    let late = await failure { () async throws(PredictionError) in
      try await client.control("jobs.submit", Array("{}".utf8), timeout: .milliseconds(1))
    }
    #expect(late?.code == .deadlineExceeded)
    let broker = try ScriptedBroker(endpoint: endpoint) { [$0.reply($0.parts)] }
    let reply = try await client.send("m", contentType: .octets, parts: [frame("now")], timeout: .seconds(30))
    #expect(reply.content == [Array("now".utf8)])
    #expect(broker.log.all(.request).count == 1)
    #expect(broker.log.all(.control).isEmpty)
    #expect(broker.log.all(.cancel).isEmpty)
    await client.close()
    await broker.stop()
  }
}
