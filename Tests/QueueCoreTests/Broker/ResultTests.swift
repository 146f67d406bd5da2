import Testing

@testable import QueueCore

/// Results: who may report what, and what becomes of it.
@Suite struct ResultTests {
  @Test func aResultAnswersTheClientAndReleasesBothPayloads() {
    var harness = BrokerHarness()
    _ = harness.submit(1)
    harness.advance(3)
    harness.serve(9)
    let dispatch = harness.turn().dispatches[0]
    harness.advance(4)
    let session = harness.session(of: 9)
    let reply = WorkerReply(
      request: RequestID(1), session: session, status: .ok, contentType: .json, attempts: 1, parts: 1,
      queueMicroseconds: 3_050, computeMicroseconds: 70, epoch: 0, number: 1,
      input: BrokerHarness.payload(1), inputContentType: .json)
    #expect(
      harness.result(dispatch, payload: PayloadRef(77), queueMicroseconds: 50) == [
        .reply(client: PeerID(1), reply: reply, payload: PayloadRef(77)),
        .release(BrokerHarness.payload(1)), .release(PayloadRef(77)),
      ])
    #expect(harness.counters.replied == 1)
    #expect(harness.broker.occupiedSlots == 0)
    #expect(harness.broker.figures[0].latency.count == 1)
  }

  @Test(arguments: StatusCode.allCases.filter { $0 != .aborted })
  func everyStatusButAbortedGoesToTheClientAsItIs(status: StatusCode) {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    let dispatch = harness.turn().dispatches[0]
    let statuses = harness.result(dispatch, status: status).compactMap { action -> StatusCode? in
      guard case .reply(_, let reply, _) = action else { return nil }
      return reply.status
    }
    #expect(statuses == [status])
  }

  @Test func aSecondResultForTheSameWorkIsDroppedAndCounted() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    let dispatch = harness.turn().dispatches[0]
    _ = harness.result(dispatch)
    #expect(harness.result(dispatch, payload: PayloadRef(78)) == [.release(PayloadRef(78))])
    #expect(harness.counters.lateResults == 1)
    #expect(harness.counters.replied == 1)
  }

  @Test func aSecondResultDoesNotAnswerTheNextRequestInTheSameSlot() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    let old = harness.turn().dispatches[0]
    _ = harness.result(old)
    _ = harness.submit(2)
    let new = harness.turn().dispatches[0]
    #expect(new.header.work.slot == old.header.work.slot)
    #expect(harness.result(old) == [])
    #expect(harness.counters.lateResults == 1)
    #expect(harness.broker.outstandingRequests == 1)
  }

  @Test(arguments: [0, 2, 255] as [UInt8])
  func aResultOfAnotherAttemptIsDropped(attempt: UInt8) {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    let dispatch = harness.turn().dispatches[0]
    #expect(harness.result(dispatch, attempt: attempt) == [])
    #expect(harness.counters.lateResults == 1)
    #expect(harness.view().dispatched == 1)
  }

  @Test func aResultForWorkThatAnotherWorkerHasIsDropped() {
    var harness = BrokerHarness()
    harness.serve(8)
    harness.serve(9)
    _ = harness.submit(1)
    let dispatch = harness.turn().dispatches[0]
    #expect(dispatch.worker == 8)
    #expect(harness.result(dispatch, from: 9) == [])
    #expect(harness.counters.lateResults == 1)
    #expect(harness.view().dispatched == 1)
  }

  @Test func aResultForWorkThatWaitsAgainIsDropped() {
    var harness = BrokerHarness()
    harness.serve(8)
    _ = harness.submit(1)
    let dispatch = harness.turn().dispatches[0]
    _ = harness.lose(8)
    harness.serve(9)
    #expect(harness.result(dispatch, from: 9) == [])
    #expect(harness.counters.lateResults == 1)
    #expect(harness.turn().dispatched == [1])
  }

  @Test(arguments: [0, 1, 99, WorkID(slot: 0, generation: 99).rawValue, .max] as [UInt64])
  func aResultForWorkThatNeverWasIsDropped(work: UInt64) {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    var dispatch = harness.turn().dispatches[0]
    dispatch.header.work = WorkID(work)
    #expect(harness.result(dispatch, payload: PayloadRef(77)) == [.release(PayloadRef(77))])
    #expect(harness.counters.lateResults == 1)
    #expect(harness.view().dispatched == 1)
  }

  @Test func aResultUnderAnOldSessionOfAMemberIsDroppedWithoutAWord() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    let dispatch = harness.turn().dispatches[0]
    let old = harness.session(of: 9)
    _ = harness.join(9)
    #expect(harness.result(dispatch, payload: PayloadRef(77), session: old) == [.release(PayloadRef(77))])
    #expect(harness.counters.staleSessions == 1)
    #expect(harness.counters.replied == 0)
  }

  @Test func aResultOfAWorkerThatWasGivenUpIsDroppedAndItIsToldToJoinAnew() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    let dispatch = harness.turn().dispatches[0]
    let session = harness.session(of: 9)
    _ = harness.lose(9)
    #expect(
      harness.result(dispatch, payload: PayloadRef(77), session: session) == [
        .disconnect(worker: PeerID(9), reason: .unknownSession), .release(PayloadRef(77)),
      ])
    #expect(harness.counters.staleSessions == 1)
  }

  @Test func aResultIsASignOfLife() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    let dispatch = harness.turn().dispatches[0]
    harness.advance(1_400)
    _ = harness.result(dispatch)
    #expect(harness.turn(afterMilliseconds: 1_400).notes == [])
  }

  // MARK: Handed back

  @Test func workThatIsHandedBackWaitsAgainInItsOldPlace() {
    var harness = BrokerHarness()
    harness.serve(8)
    harness.submitAll(1...2)
    let dispatch = harness.turn().dispatches[0]
    harness.serve(9)
    _ = harness.turn()
    harness.submitAll(3...4)
    _ = harness.draining(8)
    #expect(harness.result(dispatch, status: .aborted, payload: PayloadRef(77)) == [.release(PayloadRef(77))])
    #expect(harness.counters.handedBack == 1)
    harness.serve(7)
    let again = harness.turn().dispatches
    #expect(again.map { $0.payload } == [BrokerHarness.payload(1)])
    #expect(again.map { $0.header.attempt } == [2])
  }

  @Test func handingBackIsNoDeath() {
    var limits = Limits()
    limits.maxAttempts = 2
    var harness = BrokerHarness(limits: limits)
    harness.serve(9)
    _ = harness.submit(1)
    for attempt in 1...3 as ClosedRange<UInt8> {
      let dispatches = harness.turn().dispatches
      #expect(dispatches.map(\.header.attempt) == [attempt])
      #expect(harness.result(dispatches[0], status: .aborted) == [])
    }
    #expect(harness.counters.poisoned == 0)
    #expect(harness.counters.handedBack == 3)
  }

  @Test func workThatIsHandedBackAgainAndAgainGoesToItsClientInTheEnd() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    var replies: [Action] = []
    var attempts: [UInt8] = []
    while replies.isEmpty, attempts.count < 100, let dispatch = harness.turn().dispatches.first {
      attempts.append(dispatch.header.attempt)
      replies = harness.result(dispatch, status: .aborted)
    }
    #expect(attempts == Array(1...Broker.maximumHandOuts))
    let statuses = replies.compactMap { action -> StatusCode? in
      guard case .reply(_, let reply, _) = action else { return nil }
      return reply.status
    }
    #expect(statuses == [.aborted])
    #expect(harness.broker.outstandingRequests == 0)
  }
}
