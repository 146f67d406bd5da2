import Testing

@testable import QueueCore

/// Heartbeats both ways, and workers that fall silent.
@Suite struct SilenceTests {
  private let peer = PeerID(9)

  @Test func aWorkerThatMissesAHeartbeatIsSuspectAndGetsNothingNew() {
    var harness = BrokerHarness()
    harness.serve(9, credit: 4)
    let session = harness.session(of: 9)
    #expect(harness.turn(afterMilliseconds: 1_499).notes == [])
    #expect(harness.turn(afterMilliseconds: 1).notes == [.suspect(session)])
    #expect(harness.state(of: 9) == .suspect)
    _ = harness.submit(1)
    #expect(harness.turn() == [])
    #expect(harness.turn().notes == [])
  }

  @Test func aSuspectWorkerKeepsItsWorkAndMayAnswerIt() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    let dispatch = harness.turn().dispatches[0]
    _ = harness.turn(afterMilliseconds: 2_000)
    #expect(harness.view().dispatched == 1)
    let session = harness.session(of: 9)
    let actions = harness.result(dispatch)
    #expect(actions.notes == [.recovered(session)])
    #expect(harness.counters.replied == 1)
  }

  @Test func aSuspectWorkerThatIsHeardOfGetsWorkAgain() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.turn(afterMilliseconds: 2_000)
    _ = harness.submit(1)
    let session = harness.session(of: 9)
    #expect(harness.heartbeat(9) == [.note(.recovered(session))])
    #expect(harness.turn().dispatched == [1])
    #expect(harness.heartbeat(9) == [])
  }

  @Test func otherWorkersGetWhatASuspectOneWouldHave() {
    var harness = BrokerHarness()
    harness.serve(8)
    harness.serve(9)
    harness.advance(2_000)
    _ = harness.heartbeat(9)
    harness.submitAll(1...2)
    #expect(harness.turn().workers == [9])
  }

  @Test func aWorkerThatStaysSilentIsLostAndToldToJoinAnew() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    _ = harness.turn()
    let session = harness.session(of: 9)
    #expect(harness.turn(afterMilliseconds: 2_999).notes == [.suspect(session)])
    #expect(
      harness.turn(afterMilliseconds: 1) == [
        .note(.lost(session, requeued: 1)), .disconnect(worker: self.peer, reason: .lost),
      ])
    #expect(harness.counters.workersLost == 1)
    #expect(harness.view().queued[0] == 1)
  }

  @Test func aWorkerIsJudgedByTheIntervalItAnnounced() {
    var harness = BrokerHarness()
    _ = harness.join(9, heartbeatMilliseconds: 100, liveness: 5)
    let session = harness.session(of: 9)
    #expect(harness.turn(afterMilliseconds: 150).notes == [.suspect(session)])
    #expect(harness.turn(afterMilliseconds: 349).notes == [])
    #expect(harness.turn(afterMilliseconds: 1).notes == [.lost(session, requeued: 0)])
  }

  @Test func aWorkerThatIsLoadingIsLostToSilenceToo() {
    var harness = BrokerHarness()
    _ = harness.join(9)
    let session = harness.session(of: 9)
    #expect(harness.turn(afterMilliseconds: 3_000).notes == [.lost(session, requeued: 0)])
    #expect(harness.view().members == 0)
  }

  @Test func aSuspectWorkerThatRecoveredIsSuspectedAgainInTime() {
    var timing = Timing()
    timing.heartbeatMilliseconds = 60_000
    var harness = BrokerHarness(timing: timing)
    _ = harness.join(9, heartbeatMilliseconds: 100, liveness: 50)
    _ = harness.ready(9)
    let session = harness.session(of: 9)
    _ = harness.turn(afterMilliseconds: 150)
    _ = harness.heartbeat(9)
    _ = harness.turn()
    let suspected = harness.now.advanced(byMilliseconds: 150)
    #expect(harness.broker.nextDeadline == suspected)
    #expect(harness.turn(afterMilliseconds: 150).notes == [.suspect(session)])
  }

  @Test func aLongPauseOfTheBrokerItselfLosesItsWorkersAtOnce() {
    var harness = BrokerHarness()
    harness.serve(8)
    harness.serve(9)
    #expect(harness.turn(afterMilliseconds: 3_600_000).notes.count == 2)
    #expect(harness.view().members == 0)
  }

  @Test func aClockThatRunsBackwardsHarmsNobody() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1, timeoutMicroseconds: 1_000)
    harness.now = .zero
    #expect(harness.turn().dispatched == [1])
    #expect(harness.heartbeat(9) == [])
    #expect(harness.turn() == [])
  }

  // MARK: The broker's own heartbeats

  @Test func theBrokerBeatsAtItsOwnIntervalFromTheJoinOn() {
    var harness = BrokerHarness()
    _ = harness.join(9)
    let beat = Action.heartbeat(worker: self.peer, session: harness.session(of: 9))
    _ = harness.heartbeat(9)
    #expect(harness.turn(afterMilliseconds: 999) == [])
    #expect(harness.turn(afterMilliseconds: 1) == [beat])
    #expect(harness.turn() == [])
    _ = harness.heartbeat(9)
    #expect(harness.turn(afterMilliseconds: 1_000) == [beat])
  }

  @Test func aSuspectWorkerIsStillTold() {
    var harness = BrokerHarness()
    _ = harness.join(9)
    let session = harness.session(of: 9)
    #expect(
      harness.turn(afterMilliseconds: 1_500) == [
        .note(.suspect(session)), .heartbeat(worker: self.peer, session: session),
      ])
  }

  @Test func afterAPauseOneHeartbeatIsEnough() {
    var harness = BrokerHarness()
    _ = harness.join(9, heartbeatMilliseconds: 60_000)
    let beat = Action.heartbeat(worker: self.peer, session: harness.session(of: 9))
    #expect(harness.turn(afterMilliseconds: 10_500) == [beat])
    #expect(harness.turn(afterMilliseconds: 999) == [])
    #expect(harness.turn(afterMilliseconds: 1) == [beat])
  }

  @Test func aWorkerThatHasGoneGetsNoHeartbeat() {
    var harness = BrokerHarness()
    _ = harness.join(9)
    _ = harness.goodbye(9)
    #expect(harness.turn(afterMilliseconds: 1_000) == [])
  }

  // MARK: What to wake up for

  @Test func aBrokerWithoutAnythingToDoWaitsForEver() {
    let harness = BrokerHarness()
    #expect(harness.broker.nextDeadline == .distantFuture)
  }

  @Test func theNextDeadlineIsTheEarliestOfAll() {
    var harness = BrokerHarness()
    let start = harness.now
    _ = harness.submit(1) + harness.turn()
    #expect(harness.broker.nextDeadline == start.advanced(byMilliseconds: 5_000))
    _ = harness.submit(2, timeoutMicroseconds: 4_000_000) + harness.turn()
    #expect(harness.broker.nextDeadline == start.advanced(byMilliseconds: 4_000))
    _ = harness.join(9) + harness.turn()
    #expect(harness.broker.nextDeadline == start.advanced(byMilliseconds: 1_000))
    _ = harness.submit(3, timeoutMicroseconds: 300) + harness.turn()
    #expect(harness.broker.nextDeadline == start.advanced(byMicroseconds: 300))
    _ = harness.cancel(3) + harness.turn()
    #expect(harness.broker.nextDeadline == start.advanced(byMilliseconds: 1_000))
  }

  @Test func aTurnIsDueAtOnceWhileThereIsSomethingToHandOut() {
    var harness = BrokerHarness()
    harness.serve(8)
    harness.serve(9)
    _ = harness.submit(1)
    #expect(harness.broker.nextDeadline <= harness.now)
    _ = harness.turn()
    #expect(harness.broker.nextDeadline > harness.now)
    _ = harness.lose(8)
    #expect(harness.broker.nextDeadline <= harness.now)
    #expect(harness.turn().workers == [9])
    #expect(harness.broker.nextDeadline > harness.now)
  }

  @Test func endingATurnAtTheNextDeadlineMovesItOn() {
    var harness = BrokerHarness()
    _ = harness.join(8, heartbeatMilliseconds: 300)
    _ = harness.join(9, heartbeatMilliseconds: 700)
    harness.submitAll(1...2)
    _ = harness.turn()
    var deadlines: [Instant] = []
    while harness.broker.nextDeadline != .distantFuture, deadlines.count < 20 {
      harness.now = harness.broker.nextDeadline
      deadlines.append(harness.now)
      _ = harness.turn()
      #expect(harness.broker.nextDeadline > harness.now)
    }
    #expect(deadlines.count < 20)
    #expect(harness.broker.outstandingRequests == 0)
  }
}
