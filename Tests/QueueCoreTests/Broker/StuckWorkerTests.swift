import Testing

@testable import QueueCore

/// Workers whose heartbeats come but which do not get on with bulk work.
@Suite struct StuckWorkerTests {
  private let peer = PeerID(9)

  /// A broker with leases of so many milliseconds, and worker 9, which may be silent for long.
  private func harness(leaseMilliseconds: UInt64 = 10_000) -> BrokerHarness {
    var timing = Timing()
    timing.batchLeaseMilliseconds = leaseMilliseconds
    timing.heartbeatMilliseconds = 3_600_000
    var harness = BrokerHarness(timing: timing)
    _ = harness.join(self.peer.rawValue, liveness: 255)
    _ = harness.ready(self.peer.rawValue, credit: 2, bulkCredit: 2)
    return harness
  }

  /// What the broker notes at the end of this time, while the worker beats every half second.
  private func notes(
    _ harness: inout BrokerHarness, beatingFor milliseconds: UInt64, progress: UInt64? = nil
  ) -> [Note] {
    var notes: [Note] = []
    for _ in 0..<(milliseconds / 500) {
      harness.advance(500)
      notes += harness.heartbeat(self.peer.rawValue, progress: progress).notes
      notes += harness.turn().notes
    }
    return notes
  }

  @Test(arguments: [RequestClass.batch, .tuning])
  func aWorkerThatDoesNotGetOnIsDismissedWhenItsLeaseEndsAndItsWorkGoesToOthers(_ requestClass: RequestClass) {
    var harness = self.harness()
    _ = harness.submit(1, requestClass)
    _ = harness.turn()
    let session = harness.session(of: 9)
    #expect(self.notes(&harness, beatingFor: 9_500, progress: 0) == [])
    harness.advance(499)
    #expect(harness.turn() == [])
    #expect(harness.broker.nextDeadline == harness.now.advanced(byMilliseconds: 1))
    harness.serve(8)
    let actions = harness.turn(afterMilliseconds: 1)
    #expect(
      Array(actions.prefix(3)) == [
        .note(.stuck(session)), .note(.lost(session, requeued: 1)), .disconnect(worker: self.peer, reason: .stuck),
      ])
    #expect(actions.dispatches.map(\.worker) == [8])
    #expect(actions.dispatches.map(\.header.attempt) == [2])
    #expect(harness.counters.workersStuck == 1 && harness.counters.workersLost == 1)
    #expect(harness.heartbeat(9) == [.disconnect(worker: self.peer, reason: .unknownSession)])
  }

  @Test func resultsProgressAndNewWorkBeginTheLeaseAnew() {
    var harness = self.harness()
    _ = harness.submit(1, .batch)
    _ = harness.submit(2, .batch)
    let dispatches = harness.turn().dispatches
    #expect(self.notes(&harness, beatingFor: 8_000) == [])
    _ = harness.result(dispatches[0])
    #expect(self.notes(&harness, beatingFor: 8_000) == [])
    _ = harness.heartbeat(9, progress: 17)
    #expect(self.notes(&harness, beatingFor: 8_000, progress: 17) == [])
    // With nothing in hand it need not move; what is given to it then has a lease of its own.
    _ = harness.result(dispatches[1])
    #expect(self.notes(&harness, beatingFor: 60_000, progress: 17) == [])
    _ = harness.submit(3, .batch)
    #expect(harness.turn().workers == [9])
    #expect(self.notes(&harness, beatingFor: 9_500, progress: 17) == [])
    #expect(self.notes(&harness, beatingFor: 500, progress: 17).first == .stuck(harness.lastSession))
  }

  @Test func resultsThatAreNotItsOwnAreNoMovement() {
    var harness = self.harness()
    _ = harness.submit(1, .batch)
    let dispatch = harness.turn().dispatches[0]
    let session = harness.session(of: 9)
    #expect(self.notes(&harness, beatingFor: 6_000) == [])
    _ = harness.result(dispatch, attempt: 7)
    #expect(self.notes(&harness, beatingFor: 4_000).first == .stuck(session))
  }

  @Test func interactiveWorkHasNoLease() {
    var harness = self.harness()
    _ = harness.submit(1)
    _ = harness.turn()
    #expect(self.notes(&harness, beatingFor: 60_000) == [])
  }

  @Test func leasesOfZeroNeverEnd() {
    var harness = self.harness(leaseMilliseconds: 0)
    _ = harness.submit(1, .batch)
    _ = harness.turn()
    #expect(self.notes(&harness, beatingFor: 600_000) == [])
  }

  @Test func aWorkerThatKeepsWhatNobodyWaitsForIsStuckToo() {
    var harness = self.harness()
    _ = harness.submit(1, .batch)
    _ = harness.turn()
    _ = harness.cancel(1)
    let session = harness.session(of: 9)
    #expect(
      self.notes(&harness, beatingFor: 10_000) == [.stuck(session), .lost(session, requeued: 0)])
    #expect(harness.broker.occupiedSlots == 0)
  }

  @Test func aDrainingWorkerIsDismissedToo() {
    var harness = self.harness()
    _ = harness.submit(1, .batch)
    _ = harness.turn()
    _ = harness.draining(9)
    #expect(self.notes(&harness, beatingFor: 10_000).first == .stuck(harness.lastSession))
  }

  @Test func bulkRequestsHaveFewerAttempts() {
    var harness = BrokerHarness()
    _ = harness.submit(1, .batch)
    _ = harness.submit(2)
    var refused: [[UInt64]] = []
    for peer in 1...3 as ClosedRange<UInt64> {
      harness.serve(peer)
      _ = harness.turn()
      refused.append(harness.lose(peer).refusals.map(\.request))
    }
    #expect(refused == [[], [1], [2]])
  }
}

extension BrokerHarness {
  /// The session that was given last.
  fileprivate var lastSession: SessionID { SessionID(self.broker.nextSession - 1) }
}
