import AuguryClient
import QueueCore
import Testing
import ZeroMQ

@Suite("A client among hostile bytes", .timeLimit(.minutes(3)))
struct HostileBrokerTests {
  private static let good: [UInt8] = [42]

  /// What a client makes of a message that comes instead of, and then before, the right answer.
  private func outcome(
    _ message: @escaping @Sendable (HeardUnit) -> ScriptedBroker.Message
  ) async throws -> Result<[[UInt8]], PredictionError> {
    let broker = try ScriptedBroker { [message($0), $0.reply([Self.good])] }
    let client = try AuguryClient(broker: broker.endpoint, options: .patient)
    let outcome: Result<[[UInt8]], PredictionError>
    do throws(PredictionError) {
      outcome = .success(try await client.send("m", contentType: .octets, parts: []).content)
    } catch {
      outcome = .failure(error)
    }
    await client.close()
    await broker.stop()
    return outcome
  }

  @Test("Messages that name no request are dropped and the answer behind them is found")
  func garbage() async throws {
    let messages: [ScriptedBroker.Message] = [
      [[]], [[0]], [[], [], []], [Array("GARBAGE!".utf8)], [[UInt8](repeating: 0xFF, count: 5000)],
      [[UInt8]](repeating: [], count: 300), [Prefix(.work, parts: 2).encoded, [1], [2]],
      [Prefix(.reply).encoded], [[0x41, 0x55, 0x47, 0x01, 0x81, 0, 255, 0]],
      [ReplyHeader(request: RequestID(.max), status: .ok, parts: 0).encoded.array],
      [PingHeader(nonce: .max, instance: 3).encoded.array],
    ]
    for message in messages {
      let bytes = try await self.outcome { _ in message }.get()
      #expect(bytes == [Self.good], "after \(message.prefix(2))")
    }
  }

  @Test("A second answer is dropped")
  func duplicate() async throws {
    #expect(try await self.outcome { $0.reply([[1]]) }.get() == [[1]])
  }

  @Test("An answer that is damaged behind its number ends the call as INTERNAL, with the damage named")
  func damaged() async throws {
    let damages: [@Sendable (inout ScriptedBroker.Message) -> Void] = [
      { $0[0][16] = 200 }, { $0[0][17] = 99 }, { $0[0] = [UInt8]($0[0].prefix(20)) }, { _ = $0.popLast() },
    ]
    for damage in damages {
      let outcome = try await self.outcome { unit in
        var message = unit.reply([[1], [2]])
        damage(&message)
        return message
      }
      guard case .failure(let error) = outcome else {
        Issue.record("expected an error, got \(outcome)")
        return
      }
      #expect(error.code == .internal)
      #expect(error.reason == "MALFORMED_REPLY")
      #expect(error.cause is WireError)
    }
  }

  @Test("An origin that cannot be read makes the reply malformed")
  func damagedOrigin() async throws {
    let outcome = try await self.outcome { unit in
      [ReplyHeader(request: unit.id, status: .ok, hasOrigin: true, parts: 2).encoded.array, [200], [1]]
    }
    guard case .failure(let error) = outcome else {
      Issue.record("expected an error, got \(outcome)")
      return
    }
    #expect(error.code == .internal && error.reason == "MALFORMED_REPLY")
  }

  @Test("A refusal without a readable reason is still that refusal")
  func damagedDetail() async throws {
    for parts in [[], [[UInt8]()], [[9, 1]]] {
      let outcome = try await self.outcome { unit in
        [ReplyHeader(request: unit.id, status: .notFound, parts: parts.count).encoded.array] + parts
      }
      guard case .failure(let error) = outcome else {
        Issue.record("expected an error, got \(outcome)")
        return
      }
      #expect(error.code == .notFound)
      #expect(error.reason == "NO_DETAIL")
    }
  }

  @Test("A refusal may name the worker it comes from")
  func refusalWithOrigin() async throws {
    let origin = Origin(model: "m", version: "1", digest: [], worker: "w")
    let outcome = try await self.outcome { unit in
      [
        ReplyHeader(request: unit.id, status: .internal, hasOrigin: true, parts: 2).encoded.array, origin.encoded,
        ErrorDetail(reason: "ENGINE_FAILED", message: "division by zero").encoded,
      ]
    }
    guard case .failure(let error) = outcome else {
      Issue.record("expected an error, got \(outcome)")
      return
    }
    #expect(error.reason == "ENGINE_FAILED" && error.message == "division by zero")
  }
}
