import AuguryClient
import QueueCore
import Testing
import ZeroMQ

@Suite("A client's cancellation and end", .timeLimit(.minutes(3)))
struct CancellationTests {
  @Test("Cancelling the task ends the call at once and tells the broker which request it was")
  func cancellation() async throws {
    let broker = try ScriptedBroker()
    let client = try AuguryClient(broker: broker.endpoint, options: .patient)
    let task = Task {
      await failure { () async throws(PredictionError) in
        try await client.send("m", contentType: .octets, parts: [])
      }
    }
    let request = await broker.log.first(.request)
    task.cancel()
    let error = await task.value
    #expect(error?.code == .cancelled)
    #expect(error?.reason == "CANCELLED")
    #expect(await broker.log.first(.cancel).id == request.id)

    // The broker's own word on it comes too late for anybody, and does no harm.
    broker.send(request.refusal(.cancelled, "CANCELLED", "cancelled"), to: request.client)
    async let next = client.send("m", contentType: .octets, parts: [])
    let second = await broker.log.first(2, .request)[1]
    broker.send(second.reply([[5]]), to: second.client)
    #expect(try await next.content == [[5]])
    await client.close()
    await broker.stop()
  }

  @Test("A task that is cancelled already sends nothing")
  func cancelledBefore() async throws {
    let broker = try ScriptedBroker { [$0.reply([])] }
    let client = try AuguryClient(broker: broker.endpoint, options: .patient)
    let error = await Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await failure { () async throws(PredictionError) in
        try await client.send("m", contentType: .octets, parts: [])
      }
    }.value
    #expect(error?.code == .cancelled)
    _ = try await client.send("m", contentType: .octets, parts: [])
    #expect(broker.log.all(.request).count == 1)
    await client.close()
    await broker.stop()
  }

  @Test("Many calls cancelled while their answers come each end once, one way or the other")
  func cancellationRaces() async throws {
    let broker = try ScriptedBroker { [$0.reply([])] }
    let client = try AuguryClient(broker: broker.endpoint, options: .patient)
    let tasks = (0..<2000).map { _ in
      Task {
        await failure { () async throws(PredictionError) in
          try await client.send("m", contentType: .octets, parts: [])
        }
      }
    }
    for task in tasks { task.cancel() }
    for task in tasks {
      let error = await task.value
      #expect(error == nil || error?.code == .cancelled)
    }
    _ = try await client.send("m", contentType: .octets, parts: [])
    await client.close()
    await broker.stop()
  }

  @Test("Closing ends outstanding calls with CANCELLED, and later ones at once")
  func closing() async throws {
    let broker = try ScriptedBroker()
    let client = try AuguryClient(broker: broker.endpoint, options: .patient)
    async let first = failure { () async throws(PredictionError) in
      try await client.send("m", contentType: .octets, parts: [])
    }
    async let second = failure { () async throws(PredictionError) in try await client.jobs() }
    _ = await broker.log.first(.request)
    _ = await broker.log.first(.control)
    await client.close()
    for error in [await first, await second] {
      #expect(error?.code == .cancelled)
      #expect(error?.reason == "CLIENT_CLOSED")
    }
    let late = await failure { () async throws(PredictionError) in try await client.status() }
    #expect(late?.reason == "CLIENT_CLOSED")
    await client.close()
    await broker.stop()
  }

  @Test("A client that is merely let go is gone, however its thread goes on to end")
  func lettingGo() async throws {
    let broker = try ScriptedBroker { [$0.reply([])] }
    var client: AuguryClient? = try AuguryClient(broker: broker.endpoint, options: .patient)
    weak let remembered = client
    _ = try await client?.send("m", contentType: .octets, parts: [])
    client = nil
    #expect(remembered == nil)
    await broker.stop()
  }
}
