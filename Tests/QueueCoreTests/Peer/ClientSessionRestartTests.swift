import QueueCore
import Testing

@Suite("A client session whose broker is restarted")
struct ClientSessionRestartTests {
  @Test("A new instance fails what was sent before the PING it answers, and only that")
  func restartFailsEarlierRequests() {
    var probe = ClientSessionProbe()
    let before = [probe.submit(payload: 1), probe.submit(payload: 2)]
    let call = probe.call("status", payload: 3).id
    #expect(probe.receivePong(nonce: 1, instance: 100) == [])
    #expect(probe.tick(afterMilliseconds: 1000) == [.ping(nonce: 4)])
    let after = probe.submit(payload: 4)
    #expect(
      probe.receivePong(nonce: 4, instance: 200) == [
        .cancel(before[0]), .failed(before[0], .brokerRestarted), .cancel(before[1]),
        .failed(before[1], .brokerRestarted), .failed(call, .brokerRestarted),
      ])
    #expect(probe.session.instance == 200)
    #expect(probe.session.isOutstanding(after) == true)
    let reply = ReplyHeader(request: after, status: .ok, parts: 1)
    #expect(
      probe.receive(reply.encoded.array, parts: 1, payload: PayloadRef(8)) == [
        .complete(after, .replied(reply, payload: PayloadRef(8)))
      ])
    #expect(probe.receiveReply(before[0], payload: 9) == [.release(PayloadRef(9))])
  }

  @Test("A restart while nothing is outstanding costs the next request nothing")
  func restartWhileIdle() {
    var probe = ClientSessionProbe()
    let first = probe.submit(payload: 1)
    _ = probe.receivePong(nonce: first.rawValue, instance: 100)
    _ = probe.receiveReply(first, payload: 2)
    probe.now = probe.now.advanced(byMilliseconds: 5000)
    let second = probe.submit(payload: 3)
    #expect(probe.receivePong(nonce: second.rawValue, instance: 200) == [])
    #expect(probe.session.isOutstanding(second) == true)
    #expect(probe.session.instance == 200)
  }

  @Test("A restart that comes while replies keep flowing is found all the same")
  func restartUnderTraffic() {
    var probe = ClientSessionProbe()
    let lost = probe.submit(payload: 1)
    _ = probe.receivePong(nonce: lost.rawValue, instance: 100)
    var failed: [RequestID] = []
    for round in 0..<20 {
      let id = probe.submit(payload: UInt64(10 + round))
      _ = probe.receiveReply(id, payload: UInt64(1000 + round))
      for case .ping(let nonce) in probe.tick(afterMilliseconds: 100) {
        for case .complete(let id, .failed(.brokerRestarted)) in probe.receivePong(nonce: nonce, instance: 200) {
          failed.append(id)
        }
      }
    }
    #expect(failed == [lost])
  }

  @Test("The same instance again changes nothing")
  func sameInstance() {
    var probe = ClientSessionProbe()
    let id = probe.submit(payload: 1)
    _ = probe.receivePong(nonce: 1, instance: 100)
    _ = probe.tick(afterMilliseconds: 1000)
    #expect(probe.receivePong(nonce: 2, instance: 100) == [])
    #expect(probe.session.isOutstanding(id) == true)
  }

  @Test("A PONG that answers no PING is counted and believed in nothing", arguments: [0, 9, UInt64.max])
  func unknownPong(nonce: UInt64) {
    var probe = ClientSessionProbe()
    let id = probe.submit(payload: 1)
    _ = probe.receivePong(nonce: 1, instance: 100)
    #expect(probe.receivePong(nonce: nonce, instance: 666) == [])
    #expect(probe.session.counters.unknownPongs == 1)
    #expect(probe.session.instance == 100)
    #expect(probe.session.isOutstanding(id) == true)
  }

  @Test("A PONG before any PING is counted")
  func pongBeforePing() {
    var probe = ClientSessionProbe()
    #expect(probe.receivePong(nonce: 1, instance: 100) == [])
    #expect(probe.session.counters.unknownPongs == 1)
    #expect(probe.session.instance == nil)
  }

  @Test("A PONG without an instance is malformed")
  func pongWithoutInstance() {
    var probe = ClientSessionProbe()
    _ = probe.submit(payload: 1)
    var header = PingHeader(nonce: 1, instance: 1).encoded.array
    header[header.count - 1] = 0
    #expect(probe.receive(header) == [])
    #expect(probe.session.counters.malformedUnits == 1)
    #expect(probe.session.instance == nil)
  }
}
