import QueueCore
import Testing

/// Joining, beating, losing the broker, leaving.
@Suite struct WorkerSessionMembershipTests {
  private typealias Harness = WorkerSessionHarness

  @Test func aWorkerJoinsBeforeItsModelIsLoadedAndAnnouncesItselfAfterwards() {
    var harness = Harness()
    #expect(harness.start() == [.sendJoin])
    #expect(harness.welcome() == [])
    #expect(harness.session.readyHeader == nil)
    #expect(harness.loaded() == [.sendReady, Harness.heartbeat()])
    #expect(harness.session.isReady == true)
    let ready = harness.session.readyHeader
    #expect(ready?.session == SessionID(7) && ready?.credit == 2 && ready?.bulkCredit == 1 && ready?.maxBatchSize == 8)
  }

  @Test func aModelThatIsLoadedFirstIsAnnouncedWithTheWelcome() {
    var harness = Harness()
    _ = harness.start()
    #expect(harness.loaded() == [])
    #expect(harness.session.isReady == false)
    #expect(harness.welcome() == [.sendReady, Harness.heartbeat()])
  }

  @Test func heartbeatsStartWithTheWelcomeAndFollowTheAnnouncedInterval() {
    var harness = Harness()
    _ = harness.start()
    _ = harness.welcome()
    for _ in 0..<10 {
      #expect(harness.session.nextDeadline == harness.now.advanced(byMilliseconds: 1000))
      harness.advance(milliseconds: 999)
      #expect(harness.tick() == [])
      #expect(harness.brokerBeat() == [])
      harness.advance(milliseconds: 1)
      #expect(harness.tick() == [Harness.heartbeat()])
    }
  }

  @Test func unansweredJoinIsRepeatedOnANewSocket() {
    var harness = Harness()
    _ = harness.start()
    harness.advance(milliseconds: 2999)
    #expect(harness.tick() == [])
    harness.advance(milliseconds: 1)
    #expect(harness.tick() == [.reconnect, .sendJoin])
    #expect(harness.session.counters.unansweredJoins == 1)
  }

  @Test func silentBrokerIsLeftAfterItsOwnPatienceAndJoinedAnew() {
    var harness = Harness()
    _ = harness.start()
    _ = harness.loaded()
    _ = harness.welcome(heartbeatMilliseconds: 200, liveness: 2)
    harness.advance(milliseconds: 399)
    #expect(harness.tick() == [])
    harness.advance(milliseconds: 1)
    #expect(harness.tick() == [.reconnect])
    #expect(harness.session.counters.silences == 1)
    #expect(harness.session.nextDeadline == harness.now.advanced(byMilliseconds: 100))
    harness.advance(milliseconds: 100)
    #expect(harness.tick() == [.sendJoin])
    #expect(harness.welcome(8) == [.sendReady, Harness.heartbeat(8)])
  }

  @Test func anyUnitOfTheMembershipIsASignOfLife() {
    var harness = Harness.ready()
    harness.advance(milliseconds: 2900)
    _ = harness.work(1, payload: PayloadRef(1))
    harness.advance(milliseconds: 2900)
    _ = harness.cancel(99)
    harness.advance(milliseconds: 2900)
    #expect(harness.tick() == [Harness.heartbeat()])
    #expect(harness.session.counters.silences == 0)
  }

  @Test func beatsOfAnotherMembershipAreNoSignOfLife() {
    var harness = Harness.ready()
    harness.advance(milliseconds: 2999)
    #expect(harness.brokerBeat(99) == [])
    #expect(harness.session.counters.unexpectedUnits == 1)
    harness.advance(milliseconds: 1)
    #expect(harness.tick() == [.reconnect])
  }

  @Test func backoffDoublesUpToItsLimitAndStartsAnewOnceABrokerStays() {
    var harness = Harness()
    _ = harness.start()
    for pause in [100, 200, 400, 800, 1600, 2000, 2000] as [UInt64] {
      #expect(harness.disconnect(.aborted) == [.reconnect])
      #expect(harness.session.nextDeadline == harness.now.advanced(byMilliseconds: pause))
      harness.advance(milliseconds: pause - 1)
      #expect(harness.tick() == [])
      harness.advance(milliseconds: 1)
      #expect(harness.tick() == [.sendJoin])
    }
    _ = harness.welcome()
    _ = harness.brokerBeat()
    _ = harness.disconnect(.aborted)
    #expect(harness.session.nextDeadline == harness.now.advanced(byMilliseconds: 100))
  }

  @Test func finalRefusalEndsTheWorkerAndSaysWhy() {
    var harness = Harness()
    _ = harness.start()
    #expect(harness.disconnect(.permissionDenied) == [.finished(.refused)])
    #expect(harness.session.refusal?.status == .permissionDenied)
    #expect(harness.session.refusal?.detail.message == "because")
    #expect(harness.session.isFinished == true)
    #expect(harness.session.nextDeadline == .distantFuture)
  }

  @Test func disconnectDropsTheWorkInHandWithoutAnswers() {
    var harness = Harness.ready()
    _ = harness.work(1, payload: PayloadRef(1))
    _ = harness.work(2, payload: PayloadRef(2))
    let cancelled = [Harness.ticket(1), Harness.ticket(2)].map(WorkerSession.Action.cancel)
    #expect(harness.disconnect(.aborted) == cancelled + [.reconnect])
    #expect(harness.session.inFlight == 0)
    #expect(harness.result(Harness.ticket(1), payload: PayloadRef(5)) == [.release(PayloadRef(5))])
    #expect(harness.session.counters.staleResults == 1)
  }

  @Test func failedLoadSaysGoodbyeAndEnds() {
    var harness = Harness()
    _ = harness.start()
    _ = harness.welcome()
    #expect(harness.loadFailed() == [Harness.goodbye(), .finished(.loadFailed)])
    #expect(harness.welcome() == [])
  }

  @Test func loadThatFailsBeforeTheWelcomeIsFollowedByGoodbyeAllTheSame() {
    var harness = Harness()
    _ = harness.start()
    #expect(harness.loadFailed() == [])
    #expect(harness.drainRequested() == [])
    #expect(harness.session.isFinished == false)
    #expect(harness.welcome() == [Harness.goodbye(), .finished(.loadFailed)])
  }

  @Test func workerThatLeavesDoesNotWaitLongForABrokerThatIsNotThere() {
    var harness = Harness()
    _ = harness.start()
    #expect(harness.drainRequested() == [])
    #expect(harness.session.nextDeadline == harness.now.advanced(byMilliseconds: 500))
    harness.advance(milliseconds: 500)
    #expect(harness.tick() == [.finished(.drained)])
    var refused = Harness()
    _ = refused.start()
    _ = refused.loadFailed()
    #expect(refused.disconnect(.aborted) == [.finished(.loadFailed)])
  }

  @Test func idleWorkerDrainsAtOnce() {
    var harness = Harness.ready()
    #expect(harness.drainRequested() == [Harness.draining(), Harness.goodbye(), .finished(.drained)])
    #expect(harness.drainRequested() == [])
  }

  @Test func busyWorkerDrainsWhenItsWorkIsAnswered() {
    var harness = Harness.ready()
    _ = harness.work(1, payload: PayloadRef(1))
    #expect(harness.drain() == [Harness.draining()])
    #expect(harness.session.isReady == false)
    // Crossed our DRAINING on its way.
    guard case .run = harness.work(2, payload: PayloadRef(2)).first else {
      Issue.record("work sent in good faith was not taken")
      return
    }
    let first = WorkerSession.Action.sendResult(Harness.resultHeader(1), PayloadRef(900))
    #expect(harness.result(Harness.ticket(1)) == [first])
    let second = WorkerSession.Action.sendResult(Harness.resultHeader(2), PayloadRef(900))
    #expect(harness.result(Harness.ticket(2)) == [second, Harness.goodbye(), .finished(.drained)])
  }

  @Test func workerThatIsStillLoadingLeavesAtOnce() {
    var harness = Harness()
    _ = harness.start()
    _ = harness.welcome()
    #expect(harness.drainRequested() == [Harness.goodbye(), .finished(.drained)])
    #expect(harness.loaded() == [])
  }

  @Test func drainingWorkerThatDoesNotFinishInTimeLeavesItsWorkToOthers() {
    var harness = Harness.ready()
    _ = harness.work(1, payload: PayloadRef(11))
    _ = harness.drainRequested()
    for _ in 0..<29 {
      harness.advance(milliseconds: 1000)
      _ = harness.brokerBeat()
      _ = harness.tick()
    }
    #expect(harness.session.isFinished == false)
    harness.advance(milliseconds: 999)
    _ = harness.brokerBeat()
    #expect(harness.tick() == [])
    #expect(harness.session.nextDeadline == harness.now.advanced(byMilliseconds: 1))
    harness.advance(milliseconds: 1)
    #expect(harness.tick() == [.cancel(Harness.ticket(1)), Harness.goodbye(), .finished(.drained)])
    #expect(harness.session.counters.unfinishedWork == 1)
  }

  @Test func drainingWorkerThatLosesItsBrokerLeavesAtOnce() {
    var harness = Harness.ready()
    _ = harness.work(1, payload: PayloadRef(1))
    _ = harness.drainRequested()
    harness.advance(milliseconds: 3000)
    #expect(harness.tick() == [.cancel(Harness.ticket(1)), .finished(.drained)])
    var pausing = Harness.ready()
    _ = pausing.disconnect(.aborted)
    #expect(pausing.drainRequested() == [.finished(.drained)])
  }

  @Test func secondWelcomeAndCommandsForOthersAreCountedAndIgnored() {
    var harness = Harness.ready()
    #expect(harness.welcome(9) == [])
    #expect(harness.received(Prefix(.ping).encoded) == [])
    #expect(harness.drain(99) == [])
    #expect(harness.session.counters.unexpectedUnits == 3)
    #expect(harness.session.readyHeader?.session == SessionID(7))
  }

  @Test func welcomeToNoSessionIsIgnored() {
    var harness = Harness()
    _ = harness.start()
    #expect(harness.welcome(0) == [])
    #expect(harness.session.counters.unexpectedUnits == 1)
  }

  @Test func clockThatJumpsLosesTheBrokerButNothingElse() {
    var harness = Harness.ready()
    harness.advance(milliseconds: 3_600_000)
    #expect(harness.tick() == [.reconnect])
    harness.advance(milliseconds: 3_600_000)
    #expect(harness.tick() == [.sendJoin])
    #expect(harness.welcome(8) == [.sendReady, Harness.heartbeat(8)])
    harness.now = Instant(nanoseconds: .max)
    _ = harness.tick()
    #expect(harness.session.counters.silences == 2)
  }
}
