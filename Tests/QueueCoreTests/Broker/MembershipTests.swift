import Testing

@testable import QueueCore

/// Coming and being told to go: JOIN, READY, and what no worker may send.
@Suite struct MembershipTests {
  private let peer = PeerID(9)

  @Test func aWorkerThatJoinsIsWelcomedUnderASessionOfItsOwn() {
    var harness = BrokerHarness()
    #expect(
      harness.join(9) == [
        .welcome(worker: self.peer, session: SessionID(100)), .note(.joined(SessionID(100))),
      ])
    #expect(harness.join(8).first == .welcome(worker: PeerID(8), session: SessionID(101)))
    #expect(harness.state(of: 9) == .warming)
    #expect(harness.counters.workersJoined == 2)
    #expect(harness.view().members == 2)
    #expect(harness.view().ready == 0)
  }

  @Test func sessionsWrapAroundWithoutTheOneThatMeansNone() {
    var harness = BrokerHarness(firstSession: .max)
    for peer in 1...3 as ClosedRange<UInt64> { _ = harness.join(peer) }
    #expect((1...3).map { harness.session(of: $0).rawValue } == [.max, 1, 2])
  }

  @Test func aSessionInUseIsNotGivenAgainAfterTheCountHasWrapped() {
    var harness = BrokerHarness(firstSession: 1)
    _ = harness.join(1)
    harness.broker.nextSession = 0
    _ = harness.join(2)
    #expect(harness.session(of: 2) == SessionID(2))
  }

  @Test func readyMakesAWorkerReady() {
    var harness = BrokerHarness()
    _ = harness.join(9)
    let session = harness.session(of: 9)
    #expect(harness.ready(9, credit: 5, bulkCredit: 3) == [.note(.ready(session))])
    let view = harness.broker.workerView(of: session, at: harness.now)
    #expect(view?.state == .ready)
    #expect(view?.credit == 5)
    #expect(view?.bulkCredit == 3)
    #expect(harness.view().ready == 1)
  }

  @Test func aSecondReadyEndsTheMembershipAndSavesTheWork() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    _ = harness.turn()
    let session = harness.session(of: 9)
    #expect(
      harness.ready(9) == [
        .note(.lost(session, requeued: 1)), .disconnect(worker: self.peer, reason: .secondReady),
      ])
    #expect(harness.counters.misbehaved == 1)
    #expect(harness.view().members == 0)
    harness.serve(8)
    #expect(harness.turn().dispatched == [1])
  }

  @Test func readyThatCrossesAnOrderToDrainIsTakenInAndChangesNothing() {
    var harness = BrokerHarness()
    _ = harness.join(9)
    let session = harness.session(of: 9)
    _ = harness.step(.drainOrdered(session))
    #expect(harness.ready(9) == [])
    #expect(harness.state(of: 9) == .draining)
    #expect(harness.view().ready == 0)
    _ = harness.submit(1)
    #expect(harness.turn() == [])
    #expect(harness.ready(9).last == .disconnect(worker: self.peer, reason: .secondReady))
  }

  @Test func aSecondReadyOfAWorkerThatDrainsEndsItsMembership() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.draining(9)
    #expect(harness.ready(9).last == .disconnect(worker: self.peer, reason: .secondReady))
    #expect(harness.view().ready == 0)
  }

  @Test func aSecondJoinStartsANewSessionAndSavesTheWorkOfTheOld() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    _ = harness.turn()
    let old = harness.session(of: 9)
    let actions = harness.join(9)
    let new = harness.session(of: 9)
    #expect(new != old)
    #expect(
      actions == [
        .note(.lost(old, requeued: 1)), .welcome(worker: self.peer, session: new), .note(.joined(new)),
      ])
    #expect(harness.state(of: 9) == .warming)
    #expect(harness.view().members == 1)
    #expect(harness.turn() == [])
    _ = harness.ready(9)
    #expect(harness.turn().dispatched == [1])
  }

  @Test func aSecondJoinMayNameAnotherVersion() {
    var harness = BrokerHarness(versions: [("m", "1"), ("m", "2")])
    harness.serve(9, version: 0)
    harness.serve(9, version: 1)
    #expect(harness.view(0).members == 0)
    #expect(harness.view(1).ready == 1)
  }

  @Test func oneWorkerTooManyIsTurnedAwayUntilAnotherLeaves() {
    var limits = Limits()
    limits.workers = 2
    var harness = BrokerHarness(limits: limits)
    _ = harness.join(7)
    _ = harness.join(8)
    #expect(harness.join(9) == [.disconnect(worker: self.peer, reason: .tooManyWorkers)])
    #expect(harness.session(of: 9) == SessionID(0))
    // One that is a member already may join anew.
    #expect(harness.join(8).contains(.welcome(worker: PeerID(8), session: SessionID(102))))
    _ = harness.goodbye(7)
    #expect(harness.join(9).first == .welcome(worker: self.peer, session: SessionID(103)))
  }

  @Test func aMemberThatServesAnotherArtifactIsTurnedOutAndItsWorkSaved() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    _ = harness.turn()
    let session = harness.session(of: 9)
    #expect(
      harness.step(.workerRejected(peer: self.peer)) == [
        .note(.lost(session, requeued: 1)), .disconnect(worker: self.peer, reason: .digestMismatch),
      ])
    #expect(harness.counters.workersRejected == 1)
    #expect(harness.counters.workersLost == 1)
    #expect(harness.view().queued[0] == 1)
    #expect(harness.step(.workerRejected(peer: self.peer)) == [])
    #expect(harness.counters.workersRejected == 1)
  }

  @Test func aMemberThatMisbehavesIsTurnedOutAndItsWorkSaved() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    _ = harness.turn()
    let session = harness.session(of: 9)
    #expect(
      harness.step(.workerMisbehaved(peer: self.peer)) == [
        .note(.lost(session, requeued: 1)), .disconnect(worker: self.peer, reason: .misbehaved),
      ])
    #expect(harness.counters.misbehaved == 1)
    #expect(harness.view().queued[0] == 1)
  }

  @Test func aStrangerThatMisbehavesIsToldSo() {
    var harness = BrokerHarness()
    #expect(
      harness.step(.workerMisbehaved(peer: self.peer)) == [.disconnect(worker: self.peer, reason: .misbehaved)])
    #expect(harness.counters.misbehaved == 1)
    #expect(harness.counters.workersLost == 0)
  }

  // MARK: Sessions the broker does not know

  /// Everything that a worker says under a session.
  static let said: [@Sendable (PeerID, SessionID) -> Event] = [
    { .workerReady(peer: $0, session: $1, credit: 1, bulkCredit: 1) },
    { .heartbeatReceived(peer: $0, session: $1, progress: nil) },
    { .drainingReceived(peer: $0, session: $1) },
    { .goodbyeReceived(peer: $0, session: $1) },
    { peer, session in
      .resultReceived(
        peer: peer,
        result: ResultHeader(
          work: WorkID(slot: 0, generation: 1), session: session, attempt: 1, status: .ok, contentType: .json,
          parts: 0, queueMicroseconds: 0, computeMicroseconds: 0),
        payload: .none)
    },
  ]

  @Test(arguments: Self.said.indices)
  func aStrangerIsToldToJoinAnew(index: Int) {
    var harness = BrokerHarness()
    #expect(
      harness.step(Self.said[index](self.peer, SessionID(55)))
        == [.disconnect(worker: self.peer, reason: .unknownSession)])
    #expect(harness.counters.staleSessions == 1)
  }

  @Test(arguments: Self.said.indices)
  func whatAMemberSaidUnderItsOldSessionIsCountedAndNothingElse(index: Int) {
    var harness = BrokerHarness()
    harness.serve(9)
    let old = harness.session(of: 9)
    harness.serve(9)
    _ = harness.submit(1)
    _ = harness.turn()
    #expect(harness.step(Self.said[index](self.peer, old)) == [])
    #expect(harness.counters.staleSessions == 1)
    #expect(harness.state(of: 9) == .busy)
  }

  @Test(arguments: Self.said.indices)
  func aSessionOfAnotherConnectionIsNotTheSendersOwn(index: Int) {
    var harness = BrokerHarness()
    harness.serve(8)
    harness.serve(9)
    let other = harness.session(of: 8)
    #expect(harness.step(Self.said[index](self.peer, other)) == [])
    #expect(harness.counters.staleSessions == 1)
    #expect(harness.state(of: 8) == .ready)
    #expect(harness.state(of: 9) == .ready)
  }
}
