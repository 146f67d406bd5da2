import QueueCore
import Testing

@Suite("A client session among hostile bytes")
struct ClientSessionHostileTests {
  @Test("A reply that is damaged after its id ends the request with the damage as the reason")
  func damagedReplyEndsItsRequest() {
    var probe = ClientSessionProbe()
    let id = probe.submit(payload: 1)
    var header = ReplyHeader(request: id, status: .ok, parts: 1).encoded.array
    header[16] = 99
    let actions = probe.receive(header, parts: 1, payload: PayloadRef(5))
    guard actions.count == 2, case .complete(id, .failed(.malformedReply(.invalidValue("status", 99, _)))) = actions[0]
    else {
      Issue.record("expected the request's end, got \(actions)")
      return
    }
    #expect(actions[1] == .release(PayloadRef(5)))
    #expect(probe.session.counters.malformedUnits == 1)
  }

  @Test("A reply that is cut off ends its request if the id is there, and is only counted if not")
  func truncatedReply() {
    let whole = ReplyHeader(request: RequestID(1), status: .ok, parts: 1).encoded.array
    for count in 0..<whole.count {
      var probe = ClientSessionProbe()
      let id = probe.submit(payload: 1)
      let actions = probe.receive([UInt8](whole.prefix(count)), parts: 1, payload: PayloadRef(5))
      #expect(actions.last == .release(PayloadRef(5)))
      #expect(actions.count == (count >= 16 ? 2 : 1), "cut at \(count)")
      #expect(probe.session.isOutstanding(id) == (count < 16), "cut at \(count)")
      #expect(probe.session.counters.malformedUnits == 1)
    }
  }

  @Test("A reply with fewer parts than it announces, or an origin it has no part for, is malformed")
  func missingParts() {
    var probe = ClientSessionProbe()
    let first = probe.submit(payload: 1)
    let short = ReplyHeader(request: first, status: .ok, parts: 2)
    #expect(
      probe.receive(short.encoded.array, parts: 1, payload: PayloadRef(5)) == [
        .failed(first, .malformedReply(.missingParts(announced: 2, present: 1))), .release(PayloadRef(5)),
      ])
    let second = probe.submit(payload: 2)
    let origin = ReplyHeader(request: second, status: .ok, hasOrigin: true, parts: 0)
    #expect(
      probe.receive(origin.encoded.array) == [
        .failed(second, .malformedReply(.missingParts(announced: 1, present: 0)))
      ])
  }

  @Test("Bytes after the last field of a reply are a newer broker's and do no harm")
  func trailingFields() {
    var probe = ClientSessionProbe()
    let id = probe.submit(payload: 1)
    let reply = ReplyHeader(request: id, status: .ok, parts: 0)
    #expect(
      probe.receive(reply.encoded.array + [1, 2, 3]) == [.complete(id, .replied(reply, payload: .none))])
  }

  @Test("Commands that are not for clients are counted and their payload released")
  func foreignCommands() {
    var probe = ClientSessionProbe()
    let id = probe.submit(payload: 1)
    let foreign = Command.allCases.filter { $0 != .reply && $0 != .pong }
    for command in foreign {
      let header = Prefix(command, parts: 1).encoded
      #expect(probe.receive(header, parts: 1, payload: PayloadRef(9)) == [.release(PayloadRef(9))])
    }
    #expect(probe.session.counters.unexpectedCommands == UInt64(foreign.count))
    #expect(probe.session.isOutstanding(id) == true)
  }

  @Test("Under random events and damaged bytes each request ends once and each payload goes one way", arguments: 1...40)
  func everythingEndsOnce(seed: UInt64) {
    var story = RandomClientStory(seed: seed)
    for _ in 0..<2000 { story.step() }
    story.close()
    #expect(story.violations == [])
    #expect(story.ended.count == story.begun)
    #expect(story.session.outstandingCount == 0)
    #expect(story.payloadsGone.count == story.payloadsMade)
    let counters = story.session.counters
    #expect(counters.begun == counters.replied + counters.failed)
    #expect(Int(counters.begun) == story.begun)
  }

  @Test("The same events give the same actions")
  func deterministic() {
    var left = RandomClientStory(seed: 7)
    var right = RandomClientStory(seed: 7)
    for _ in 0..<2000 {
      left.step()
      right.step()
    }
    #expect(left.log == right.log)
    #expect(left.log.count > 2000)
  }
}
