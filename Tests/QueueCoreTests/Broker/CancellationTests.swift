import Testing

@testable import QueueCore

/// Requests that are given up by their clients, and clients that vanish.
@Suite struct CancellationTests {
  private func cancelled(_ request: UInt64, attempts: UInt8) -> Action {
    .refuse(client: PeerID(1), request: RequestID(request), refusal: .cancelled, attempts: attempts)
  }

  @Test func aRequestThatWaitsIsCancelledAtOnce() {
    var harness = BrokerHarness()
    _ = harness.submit(1)
    #expect(harness.cancel(1) == [self.cancelled(1, attempts: 0), .release(BrokerHarness.payload(1))])
    harness.serve(9)
    #expect(harness.turn() == [])
    #expect(harness.counters.cancelled == 1)
    #expect(harness.broker.occupiedSlots == 0)
  }

  @Test func aRequestWithAWorkerIsAnsweredAtOnceAndTheWorkerIsTold() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    let dispatch = harness.turn().dispatches[0]
    #expect(
      harness.cancel(1) == [
        self.cancelled(1, attempts: 1),
        .cancelWork(worker: PeerID(9), work: dispatch.header.work, attempt: 1),
        .release(BrokerHarness.payload(1)),
      ])
    #expect(harness.broker.outstandingRequests == 0)
    #expect(harness.broker.occupiedSlots == 1)
  }

  @Test(arguments: [.ok, .cancelled, .aborted, .internal] as [StatusCode])
  func whateverTheWorkerSaysAboutCancelledWorkIsDroppedAndItsCreditComesBack(status: StatusCode) {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    let dispatch = harness.turn().dispatches[0]
    _ = harness.cancel(1)
    _ = harness.submit(2)
    #expect(harness.turn() == [])
    #expect(harness.result(dispatch, status: status, payload: PayloadRef(77)) == [.release(PayloadRef(77))])
    #expect(harness.turn().dispatched == [2])
    #expect(harness.counters.handedBack == 0)
    #expect(harness.counters.lateResults == 0)
  }

  @Test func cancellingWhatIsNotOutstandingIsCountedAndNothingElse() {
    var harness = BrokerHarness()
    _ = harness.submit(1)
    #expect(harness.cancel(2) == [])
    #expect(harness.cancel(1, client: 2) == [])
    #expect(harness.counters.idleCancellations == 2)
    #expect(harness.view().queued[0] == 1)
  }

  @Test func cancellingTwiceAnswersOnce() {
    var harness = BrokerHarness()
    _ = harness.submit(1)
    _ = harness.cancel(1)
    #expect(harness.cancel(1) == [])
    #expect(harness.counters.failed == 1)
  }

  @Test func aCancelledNumberMayBeUsedAgainWhileTheWorkerStillHasTheOldWork() {
    var harness = BrokerHarness()
    harness.serve(9, credit: 2)
    _ = harness.submit(1)
    let old = harness.turn().dispatches[0]
    _ = harness.cancel(1)
    #expect(harness.submit(1) == [])
    let new = harness.turn().dispatches[0]
    #expect(new.header.work != old.header.work)
    #expect(harness.result(old) == [])
    #expect(harness.result(new).contains(.release(BrokerHarness.payload(1))))
    #expect(harness.counters.replied == 1)
  }

  @Test func cancelledWorkOfAWorkerThatDiesIsNotDoneAgain() {
    var harness = BrokerHarness()
    harness.serve(8)
    harness.serve(9)
    _ = harness.submit(1)
    _ = harness.turn()
    _ = harness.cancel(1)
    let session = harness.session(of: 8)
    #expect(harness.lose(8) == [.note(.lost(session, requeued: 0))])
    #expect(harness.turn() == [])
    #expect(harness.broker.occupiedSlots == 0)
  }

  // MARK: Vanished clients

  @Test func theRequestsOfAVanishedClientAreDroppedWithoutAWord() {
    var harness = BrokerHarness()
    harness.serve(9)
    harness.submitAll(1...3)
    let dispatch = harness.turn().dispatches[0]
    let actions = harness.step(.clientUnreachable(PeerID(1)))
    #expect(
      Set(actions) == [
        .cancelWork(worker: PeerID(9), work: dispatch.header.work, attempt: 1),
        .release(BrokerHarness.payload(1)), .release(BrokerHarness.payload(2)), .release(BrokerHarness.payload(3)),
      ])
    #expect(actions.count == 4)
    #expect(harness.counters.clientGone == 3)
    #expect(harness.broker.outstandingRequests == 0)
    #expect(harness.broker.hasOutstanding(PeerID(1)) == false)
  }

  @Test func otherClientsKeepTheirRequests() {
    var harness = BrokerHarness()
    _ = harness.submit(1, client: 1)
    _ = harness.submit(1, client: 2)
    _ = harness.step(.clientUnreachable(PeerID(1)))
    #expect(harness.broker.hasOutstanding(PeerID(2)) == true)
    harness.serve(9)
    #expect(harness.turn().dispatches.map(\.payload) == [BrokerHarness.payload(1, client: 2)])
  }

  @Test func aClientWithoutRequestsMayVanishUnnoticed() {
    var harness = BrokerHarness()
    #expect(harness.step(.clientUnreachable(PeerID(5))) == [])
    #expect(harness.counters.clientGone == 0)
  }

  @Test func aClientThatComesBackMayUseItsNumbersAgain() {
    var harness = BrokerHarness()
    _ = harness.submit(1)
    _ = harness.step(.clientUnreachable(PeerID(1)))
    #expect(harness.submit(1) == [])
    #expect(harness.broker.outstandingRequests == 1)
  }
}
