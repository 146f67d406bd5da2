import QueueCore
import Testing

@Suite("A client session in time")
struct ClientSessionTimeTests {
  // MARK: - Deadlines

  @Test("A request ends when its time-out and the grace have passed, not before, and the broker is told")
  func requestExpires() {
    var probe = ClientSessionProbe { $0.pingMilliseconds = 60_000 }
    let id = probe.submit(payload: 1, timeout: 1_000_000)
    #expect(probe.millisecondsToDeadline == 1250)
    #expect(probe.tick(afterMilliseconds: 1249) == [])
    #expect(probe.tick(afterMilliseconds: 1) == [.cancel(id), .failed(id, .deadlineExceeded)])
    #expect(probe.session.nextDeadline == .distantFuture)
    #expect(probe.receiveReply(id, payload: 2) == [.release(PayloadRef(2))])
    #expect(probe.session.counters.lateReplies == 1)
  }

  @Test("The broker's own refusal within the grace is what the caller gets")
  func refusalWithinGrace() {
    var probe = ClientSessionProbe { $0.pingMilliseconds = 60_000 }
    let id = probe.submit(payload: 1, timeout: 0)
    #expect(probe.tick(afterMilliseconds: 200) == [])
    let reply = ReplyHeader(request: id, status: .deadlineExceeded, parts: 1)
    #expect(
      probe.receive(reply.encoded.array, parts: 1, payload: PayloadRef(3)) == [
        .complete(id, .replied(reply, payload: PayloadRef(3)))
      ])
    #expect(probe.tick(afterMilliseconds: 1000) == [])
  }

  @Test("A control call has no grace, since the broker does not know its time-out")
  func controlCallExpires() {
    var probe = ClientSessionProbe { $0.pingMilliseconds = 60_000 }
    let id = probe.call("status", payload: 1, timeout: 500_000).id
    #expect(probe.tick(afterMilliseconds: 499) == [])
    #expect(probe.tick(afterMilliseconds: 1) == [.failed(id, .deadlineExceeded)])
  }

  @Test("Deadlines are met in their own order, those of one moment in the order of the requests")
  func deadlinesInOrder() {
    var probe = ClientSessionProbe {
      $0.pingMilliseconds = 60_000
      $0.graceMicroseconds = 0
    }
    let late = probe.submit(payload: 1, timeout: 30_000)
    let tied = [probe.submit(payload: 2, timeout: 20_000), probe.submit(payload: 3, timeout: 20_000)]
    let never = probe.submit(payload: 4)
    let early = probe.submit(payload: 5, timeout: 10_000)
    #expect(probe.millisecondsToDeadline == 10)
    _ = probe.receiveReply(early, payload: 6)
    #expect(probe.millisecondsToDeadline == 20)
    let ended = probe.tick(afterMilliseconds: 40).compactMap { action -> RequestID? in
      if case .complete(let id, .failed(.deadlineExceeded)) = action { id } else { nil }
    }
    #expect(ended == tied + [late])
    #expect(probe.session.isOutstanding(never) == true)
  }

  @Test("The longest time-out there is never passes and never wraps")
  func longestTimeout() {
    var probe = ClientSessionProbe()
    let id = probe.submit(payload: 1, timeout: .max)
    #expect(probe.tick(afterMilliseconds: 900) == [])
    #expect(probe.session.isOutstanding(id) == true)
    #expect(probe.millisecondsToDeadline == 100)
  }

  // MARK: - Signs of life

  @Test("While something is outstanding there is a PING an interval; while nothing is there is none")
  func pingsWhileBusy() {
    var probe = ClientSessionProbe()
    #expect(probe.session.nextDeadline == .distantFuture)
    let id = probe.submit(payload: 1)
    #expect(probe.millisecondsToDeadline == 1000)
    #expect(probe.tick(afterMilliseconds: 999) == [])
    #expect(probe.tick(afterMilliseconds: 1) == [.ping(nonce: 2)])
    #expect(probe.receivePong(nonce: 2, instance: 77) == [])
    #expect(probe.session.instance == 77)
    #expect(probe.tick(afterMilliseconds: 1000) == [.ping(nonce: 2)])
    _ = probe.receiveReply(id, payload: 2)
    #expect(probe.session.nextDeadline == .distantFuture)
    #expect(probe.tick(afterMilliseconds: 5000) == [])
    #expect(probe.session.counters.pings == 3)
  }

  @Test("Requests in quick succession share a PING")
  func requestsShareAPing() {
    var probe = ClientSessionProbe()
    for index in 0..<100 {
      let id = probe.submit(payload: UInt64(index))
      _ = probe.receiveReply(id, payload: 1000)
      probe.now = probe.now.advanced(byMilliseconds: 5)
    }
    #expect(probe.session.counters.pings == 1)
  }

  @Test("A broker that answers no PING is taken for dead after as many intervals as the liveness")
  func silenceEndsEverything() {
    var probe = ClientSessionProbe()
    let first = probe.submit(payload: 1)
    let call = probe.call("status", payload: 2).id
    #expect(probe.tick(afterMilliseconds: 1000) == [.ping(nonce: 3)])
    let second = probe.submit(payload: 3)
    #expect(probe.tick(afterMilliseconds: 1000) == [.ping(nonce: 4)])
    let silence = ClientFailure.brokerSilent(pings: 3, milliseconds: 1000)
    #expect(
      probe.tick(afterMilliseconds: 1000) == [
        .cancel(first), .failed(first, silence), .failed(call, silence), .cancel(second), .failed(second, silence),
      ])
    #expect(probe.session.nextDeadline == .distantFuture)
  }

  @Test("A broker known to be silent is given one interval by the next request, and every chance by an answer")
  func silenceIsRemembered() {
    var probe = ClientSessionProbe()
    _ = probe.submit(payload: 1)
    for _ in 0..<3 { _ = probe.tick(afterMilliseconds: 1000) }
    let second = probe.submit(payload: 2)
    #expect(probe.session.isOutstanding(second) == true)
    let silence = ClientFailure.brokerSilent(pings: 3, milliseconds: 1000)
    _ = probe.tick(afterMilliseconds: 999)
    #expect(probe.session.isOutstanding(second) == true)
    #expect(probe.tick(afterMilliseconds: 1) == [.cancel(second), .failed(second, silence)])

    probe.now = probe.now.advanced(byMilliseconds: 10_000)
    let third = probe.submit(payload: 3)
    _ = probe.receivePong(nonce: third.rawValue, instance: 5)
    for _ in 0..<2 { _ = probe.tick(afterMilliseconds: 1000) }
    #expect(probe.session.isOutstanding(third) == true)
  }

  @Test("The broker counts as heard from its first PONG until it is silent, and again from its next sign of life")
  func brokerHeard() {
    var probe = ClientSessionProbe()
    #expect(probe.session.isBrokerHeard == false)
    let id = probe.submit(payload: 1)
    #expect(probe.session.isBrokerHeard == false)
    _ = probe.receivePong(nonce: 1, instance: 4)
    #expect(probe.session.isBrokerHeard == true)
    for _ in 0..<2 { _ = probe.tick(afterMilliseconds: 1000) }
    #expect(probe.session.isBrokerHeard == true)
    _ = probe.tick(afterMilliseconds: 1000)
    #expect(probe.session.isOutstanding(id) && !probe.session.isBrokerHeard)
    _ = probe.receivePong(nonce: 2, instance: 4)
    #expect(probe.session.isBrokerHeard == true)
  }

  @Test("Any readable unit is a sign of life")
  func repliesAreSignsOfLife() {
    var probe = ClientSessionProbe()
    let slow = probe.submit(payload: 1)
    for round in 0..<20 {
      let id = probe.submit(payload: 2)
      _ = probe.tick(afterMilliseconds: 1000)
      _ = probe.receiveReply(id, payload: UInt64(100 + round))
    }
    #expect(probe.session.isOutstanding(slow) == true)
  }

  @Test("Bytes that no broker sends are no sign of life")
  func garbageIsNoSignOfLife() {
    var probe = ClientSessionProbe()
    let id = probe.submit(payload: 1)
    for _ in 0..<3 {
      _ = probe.tick(afterMilliseconds: 1000)
      _ = probe.receive([1, 2, 3, 4, 5, 6, 7, 8, 9])
    }
    #expect(probe.session.isOutstanding(id) == false)
  }

  @Test("A process that was stopped for long does not take the broker for dead at once")
  func longStall() {
    var probe = ClientSessionProbe()
    let id = probe.submit(payload: 1)
    #expect(probe.tick(afterMilliseconds: 60_000) == [.ping(nonce: 2)])
    #expect(probe.session.isOutstanding(id) == true)
    #expect(probe.receiveReply(id, payload: 2).count == 1)
  }

  @Test("With a liveness of one the first unanswered PING decides")
  func livenessOfOne() {
    var probe = ClientSessionProbe {
      $0.liveness = 1
      $0.pingMilliseconds = 50
    }
    let id = probe.submit(payload: 1)
    #expect(probe.tick(afterMilliseconds: 49) == [])
    #expect(
      probe.tick(afterMilliseconds: 1) == [
        .cancel(id), .failed(id, .brokerSilent(pings: 1, milliseconds: 50)),
      ])
  }
}
