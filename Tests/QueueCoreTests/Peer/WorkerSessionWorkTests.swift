import QueueCore
import Testing

/// Work: credit, answers, cancellation, and what is refused.
@Suite struct WorkerSessionWorkTests {
  private typealias Harness = WorkerSessionHarness

  @Test func workIsHandedOutWithAnAbsoluteDeadline() {
    var harness = Harness.ready()
    let expected = WorkerSession.Work(
      ticket: Harness.ticket(1), requestClass: .online, contentType: .json, parts: 1, payload: PayloadRef(1),
      receivedAt: harness.now, deadline: harness.now.advanced(byMicroseconds: 250))
    #expect(harness.work(1, remaining: 250, payload: PayloadRef(1)) == [.run(expected)])
    guard case .run(let unlimited) = harness.work(2, payload: PayloadRef(2)).first else {
      Issue.record("work was not handed out")
      return
    }
    #expect(unlimited.deadline == .distantFuture)
  }

  @Test func timeThatIsUpAlreadyIsADeadlineOfNow() {
    var harness = Harness.ready()
    guard case .run(let work) = harness.work(1, remaining: 0, payload: PayloadRef(1)).first else {
      Issue.record("work was not handed out")
      return
    }
    #expect(work.deadline == harness.now)
  }

  @Test func aResultIsSentOnceAndGivesItsCreditBack() {
    var harness = Harness.ready(credit: 1)
    _ = harness.work(1, payload: PayloadRef(1))
    #expect(harness.session.inFlight == 1)
    #expect(harness.result(Harness.ticket(1)) == [.sendResult(Harness.resultHeader(1), PayloadRef(900))])
    #expect(harness.result(Harness.ticket(1), payload: PayloadRef(901)) == [.release(PayloadRef(901))])
    #expect(harness.session.counters.staleResults == 1)
    guard case .run = harness.work(2, payload: PayloadRef(2)).first else {
      Issue.record("credit did not come back")
      return
    }
  }

  @Test func workBeyondALanesCreditIsRefusedAndTheOtherLaneStaysOpen() {
    var harness = Harness.ready(credit: 1, bulkCredit: 1)
    _ = harness.work(1, payload: PayloadRef(1))
    var header = Harness.resultHeader(2, status: .resourceExhausted)
    header.contentType = .octets
    header.queueMicroseconds = 0
    header.computeMicroseconds = 0
    #expect(
      harness.work(2, class: .shadow, payload: PayloadRef(2)) == [
        .release(PayloadRef(2)), .sendRefusal(header, .overCredit(.interactive, credit: 1)),
      ])
    guard case .run = harness.work(3, class: .batch, payload: PayloadRef(3)).first else {
      Issue.record("the bulk lane was closed")
      return
    }
    header.work = WorkID(4)
    #expect(
      harness.work(4, class: .tuning, payload: PayloadRef(4)) == [
        .release(PayloadRef(4)), .sendRefusal(header, .overCredit(.bulk, credit: 1)),
      ])
    #expect(harness.session.counters.refusedWork == 2)
    #expect(harness.session.inFlight == 2)
  }

  @Test func workBeforeReadyIsRefused() {
    var harness = Harness()
    _ = harness.start()
    _ = harness.welcome()
    let actions = harness.work(1, payload: PayloadRef(1))
    #expect(actions.first == .release(PayloadRef(1)))
    guard case .sendRefusal(let header, .notReady) = actions.last else {
      Issue.record("\(actions)")
      return
    }
    #expect(header.status == .resourceExhausted && header.work == WorkID(1) && header.parts == 1)
  }

  @Test func refusalsSayWhatWasWrong() {
    #expect(WorkerSession.Refusal.overCredit(.bulk, credit: 2).detail.message.contains("2 bulk"))
    #expect(WorkerSession.Refusal.notReady.detail.reason == "NOT_READY")
  }

  @Test func workOutsideAMembershipIsDroppedAndItsPayloadReleased() {
    var harness = Harness()
    _ = harness.start()
    #expect(harness.work(1, payload: PayloadRef(1)) == [.release(PayloadRef(1))])
    _ = harness.disconnect(.notFound)
    #expect(harness.work(2, payload: PayloadRef(2)) == [.release(PayloadRef(2))])
  }

  @Test func workThatIsInHandAlreadyIsIgnored() {
    var harness = Harness.ready()
    _ = harness.work(1, payload: PayloadRef(1))
    #expect(harness.work(1, payload: PayloadRef(2)) == [.release(PayloadRef(2))])
    #expect(harness.session.counters.duplicateWork == 1)
    #expect(harness.session.inFlight == 1)
  }

  @Test func cancellationReachesWorkInHandAndNothingElse() {
    var harness = Harness.ready()
    _ = harness.work(1, payload: PayloadRef(1))
    #expect(harness.cancel(2) == [])
    #expect(harness.cancel(1, attempt: 2) == [])
    #expect(harness.cancel(1) == [.cancel(Harness.ticket(1))])
    #expect(harness.session.inFlight == 1)
    #expect(
      harness.result(Harness.ticket(1), status: .cancelled) == [
        .sendResult(Harness.resultHeader(1, status: .cancelled), PayloadRef(900))
      ])
    #expect(harness.cancel(1) == [])
  }

  @Test func resultOfAnEarlierMembershipIsStaleEvenIfTheBrokerRepeatsItsNumbers() {
    var harness = Harness.ready()
    _ = harness.work(1, payload: PayloadRef(1))
    _ = harness.disconnect(.aborted)
    harness.advance(milliseconds: 100)
    _ = harness.tick()
    _ = harness.welcome()
    _ = harness.work(1, payload: PayloadRef(2))
    #expect(harness.result(Harness.ticket(1, epoch: 1), payload: PayloadRef(3)) == [.release(PayloadRef(3))])
    #expect(
      harness.result(Harness.ticket(1, epoch: 2)) == [.sendResult(Harness.resultHeader(1), PayloadRef(900))])
  }

  @Test func unreadableUnitsAreCountedAndTheirPayloadsReleased() {
    var harness = Harness.ready()
    #expect(harness.received([1, 2, 3], payload: PayloadRef(1)) == [.release(PayloadRef(1))])
    let cut = Array(Harness.workHeader(1).dropLast(5))
    #expect(harness.received(cut, payload: PayloadRef(2)) == [.release(PayloadRef(2))])
    #expect(harness.received([], payload: .none) == [])
    harness.session.malformedMessageReceived()
    #expect(harness.session.counters.malformedUnits == 4)
  }

  @Test func payloadOfACommandThatHasNoneIsReleased() {
    var harness = Harness.ready()
    let beat = SessionHeader(.brokerHeartbeat, session: SessionID(7), parts: 1).encoded.array
    #expect(harness.received(beat, payload: PayloadRef(3)) == [.release(PayloadRef(3))])
  }
}
