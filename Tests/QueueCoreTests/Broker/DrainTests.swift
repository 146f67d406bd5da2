import Testing

@testable import QueueCore

/// Leaving in good order: a worker's own wish, an operator's, and the broker's stop.
@Suite struct DrainTests {
  private let peer = PeerID(9)

  @Test func aWorkerThatDrainsGetsNothingNewAndFinishesWhatItHas() {
    var harness = BrokerHarness()
    harness.serve(9, credit: 2)
    _ = harness.submit(1)
    let dispatch = harness.turn().dispatches[0]
    let session = harness.session(of: 9)
    #expect(harness.draining(9) == [.note(.draining(session))])
    #expect(harness.state(of: 9) == .draining)
    #expect(harness.view().ready == 0)
    _ = harness.submit(2)
    #expect(harness.turn() == [])
    #expect(harness.result(dispatch).count == 2)
    #expect(harness.turn() == [])
    #expect(harness.goodbye(9) == [.note(.left(session))])
    #expect(harness.counters.workersLeft == 1)
    #expect(harness.counters.workersLost == 0)
  }

  @Test func drainingTwiceIsToldOnce() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.draining(9)
    #expect(harness.draining(9) == [])
  }

  @Test func anOperatorsOrderIsPassedOnAndTakesEffectAtOnce() {
    var harness = BrokerHarness()
    harness.serve(9)
    let session = harness.session(of: 9)
    #expect(
      harness.step(.drainOrdered(session)) == [
        .note(.draining(session)), .drain(worker: self.peer, session: session),
      ])
    _ = harness.submit(1)
    #expect(harness.turn() == [])
    // The worker's own DRAINING follows and changes nothing.
    #expect(harness.draining(9) == [])
  }

  @Test func anOrderForAWorkerThatIsNoMemberIsNothing() {
    var harness = BrokerHarness()
    #expect(harness.step(.drainOrdered(SessionID(5))) == [])
  }

  @Test func aWorkerMayBeDrainedWhileItLoads() {
    var harness = BrokerHarness()
    _ = harness.join(9)
    let session = harness.session(of: 9)
    #expect(harness.step(.drainOrdered(session)).notes == [.draining(session)])
    #expect(harness.goodbye(9) == [.note(.left(session))])
    #expect(harness.view().members == 0)
  }

  @Test func goodbyeWithWorkInHandGivesItToOthersAndIsNoDeath() {
    var limits = Limits()
    limits.maxAttempts = 1
    var harness = BrokerHarness(limits: limits)
    harness.serve(8)
    _ = harness.submit(1)
    _ = harness.turn()
    let session = harness.session(of: 8)
    #expect(harness.goodbye(8) == [.note(.lost(session, requeued: 1))])
    harness.serve(9)
    #expect(harness.turn().dispatches.map(\.header.attempt) == [2])
    #expect(harness.counters.poisoned == 0)
  }

  @Test func aDrainingWorkerThatDiesLosesItsWorkToOthers() {
    var harness = BrokerHarness()
    harness.serve(8)
    _ = harness.submit(1)
    _ = harness.turn()
    _ = harness.draining(8)
    _ = harness.lose(8)
    harness.serve(9)
    #expect(harness.turn().dispatched == [1])
    #expect(harness.view().members == 1)
    #expect(harness.view().ready == 1)
  }

  @Test func aSilentWorkerThatDrainsIsLostLikeAnyOther() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.draining(9)
    let session = harness.session(of: 9)
    #expect(harness.turn(afterMilliseconds: 3_000).notes == [.lost(session, requeued: 0)])
  }

  @Test func aSuspectWorkerThatRecoversWhileItDrainsStillGetsNothing() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.draining(9)
    _ = harness.turn(afterMilliseconds: 2_000)
    _ = harness.submit(1)
    let session = harness.session(of: 9)
    #expect(harness.heartbeat(9) == [.note(.recovered(session))])
    #expect(harness.turn().dispatches == [])
  }

  @Test func requestsDoNotWaitForAWorkerThatOnlyDrains() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    let dispatch = harness.turn().dispatches[0]
    _ = harness.submit(2)
    _ = harness.draining(9)
    #expect(harness.view().members == 0)
    for _ in 1...4 {
      harness.advance(1_000)
      _ = harness.heartbeat(9)
      #expect(harness.turn().refusals == [])
    }
    harness.advance(1_000)
    _ = harness.heartbeat(9)
    let refusal = Refusal.noWorker(VersionID(0), absentMilliseconds: 5_000)
    #expect(harness.turn().refusals == [RefusedRequest(2, refusal)])
    #expect(harness.submit(3).refusals == [RefusedRequest(3, refusal)])
    // What it has, it may finish.
    #expect(harness.result(dispatch).count == 2)
    #expect(harness.goodbye(9).notes.count == 1)
    #expect(harness.view().members == 0)
  }

  // MARK: The broker's stop

  @Test func aBrokerThatStopsFinishesWhatItHas() {
    var harness = BrokerHarness()
    harness.serve(9)
    harness.submitAll(1...2)
    let first = harness.turn().dispatches[0]
    #expect(harness.step(.shutdownOrdered) == [])
    #expect(harness.broker.isDrained == false)
    _ = harness.result(first)
    let second = harness.turn().dispatches
    #expect(second.map(\.payload) == [BrokerHarness.payload(2)])
    _ = harness.result(second[0])
    #expect(harness.broker.isDrained == true)
  }

  @Test func aBrokerThatStopsDoesNotWaitForWorkThatNobodyWants() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    _ = harness.turn()
    _ = harness.step(.shutdownOrdered)
    _ = harness.cancel(1)
    #expect(harness.broker.isDrained == true)
  }

  @Test func aBrokerThatWasNotToldToStopIsNeverDrained() {
    let harness = BrokerHarness()
    #expect(harness.broker.isDrained == false)
  }
}
