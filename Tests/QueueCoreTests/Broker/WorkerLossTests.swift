import Testing

@testable import QueueCore

/// Work whose worker is lost: done again by others, but not for ever.
@Suite struct WorkerLossTests {
  private let version = VersionID(0)

  @Test func workOfALostWorkerWaitsAgainAndTheNextAttemptIsCounted() {
    var harness = BrokerHarness()
    harness.serve(8)
    harness.serve(9)
    _ = harness.submit(1)
    let first = harness.turn().dispatches[0]
    let session = harness.session(of: 8)
    #expect(harness.lose(8) == [.note(.lost(session, requeued: 1))])
    let second = harness.turn().dispatches
    #expect(second.map(\.worker) == [9])
    #expect(second.map(\.header.attempt) == [2])
    #expect(second.map(\.header.work) == [first.header.work])
    #expect(harness.counters.retried == 1)
    #expect(harness.counters.workersLost == 1)
  }

  @Test func theReplySaysHowManyAttemptsItTook() {
    var harness = BrokerHarness()
    harness.serve(8)
    harness.serve(9)
    _ = harness.submit(1)
    _ = harness.turn()
    _ = harness.lose(8)
    let second = harness.turn().dispatches[0]
    let attempts = harness.result(second).compactMap { action -> UInt8? in
      guard case .reply(_, let reply, _) = action else { return nil }
      return reply.attempts
    }
    #expect(attempts == [2])
  }

  @Test func workOfALostWorkerGoesBeforeWhatCameLater() {
    var harness = BrokerHarness()
    harness.serve(8, credit: 3)
    harness.submitAll(1...3)
    _ = harness.turn()
    harness.submitAll(4...6)
    _ = harness.lose(8)
    harness.serve(9, credit: 4)
    #expect(harness.turn().dispatched == [1, 2, 3, 4])
  }

  @Test func workOfALostWorkerDoesNotGoBeforeAnEarlierDeadline() {
    var harness = BrokerHarness()
    harness.serve(8)
    _ = harness.submit(1)
    _ = harness.turn()
    _ = harness.submit(2, timeoutMicroseconds: 1_000_000)
    _ = harness.lose(8)
    harness.serve(9, credit: 2)
    #expect(harness.turn().dispatched == [2, 1])
  }

  @Test func everythingThatALostWorkerHadInBothLanesWaitsAgain() {
    var harness = BrokerHarness()
    harness.serve(8, credit: 2, bulkCredit: 2)
    harness.submitAll(1...2, .online)
    harness.submitAll(3...4, .batch)
    _ = harness.turn()
    let session = harness.session(of: 8)
    #expect(harness.lose(8).notes == [.lost(session, requeued: 4)])
    #expect(harness.view().queued == [2, 0, 2, 0])
    #expect(harness.view().dispatched == 0)
  }

  @Test func theResultOfAnOlderAttemptIsDroppedEvenFromTheSameWorker() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    let first = harness.turn().dispatches[0]
    harness.serve(9)
    let second = harness.turn().dispatches[0]
    #expect(second.header.attempt == 2)
    #expect(harness.result(first) == [])
    #expect(harness.counters.lateResults == 1)
    #expect(harness.result(second).count == 2)
  }

  @Test func losingAWorkerThatIsNoMemberIsNothing() {
    var harness = BrokerHarness()
    #expect(harness.lose(5) == [])
    harness.serve(9)
    _ = harness.lose(9)
    #expect(harness.lose(9) == [])
    #expect(harness.counters.workersLost == 1)
  }

  // MARK: Poison

  @Test func aRequestThatKilledThreeWorkersIsRefusedAndNamesThem() {
    var harness = BrokerHarness()
    _ = harness.submit(1)
    var sessions: [SessionID] = []
    for peer in [7, 8] as [UInt64] {
      harness.serve(peer)
      #expect(harness.turn().dispatched == [1])
      sessions.append(harness.session(of: peer))
      #expect(harness.lose(peer).refusals == [])
    }
    harness.serve(9)
    #expect(harness.turn().dispatches.map(\.header.attempt) == [3])
    sessions.append(harness.session(of: 9))
    #expect(
      harness.lose(9) == [
        .refuse(
          client: PeerID(1), request: RequestID(1),
          refusal: .poisoned(sessions[0], sessions[1], sessions[2]), attempts: 3),
        .release(BrokerHarness.payload(1)), .note(.poisoned(self.version)),
        .note(.lost(sessions[2], requeued: 0)),
      ])
    #expect(harness.counters.poisoned == 1)
    #expect(harness.counters.retried == 2)
    #expect(harness.broker.occupiedSlots == 0)
  }

  @Test func whatThePoisonousRequestsWorkersHadBesidesIsDoneByOthers() {
    var limits = Limits()
    limits.maxAttempts = 1
    var harness = BrokerHarness(limits: limits)
    harness.serve(8)
    _ = harness.submit(1)
    _ = harness.turn()
    _ = harness.submit(2)
    let session = harness.session(of: 8)
    let none = SessionID(0)
    #expect(harness.lose(8).refusals == [RefusedRequest(1, .poisoned(session, none, none))])
    harness.serve(9)
    #expect(harness.turn().dispatched == [2])
  }

  @Test func whatABulkRequestCameWithIsNotBlamedForIt() {
    var harness = BrokerHarness()
    harness.serve(8, bulkCredit: 2)
    harness.submitAll(1...2, .batch)
    #expect(harness.turn().dispatched == [1, 2])
    #expect(harness.lose(8).refusals == [])
    // One of them it was: now each has a worker to itself.
    harness.serve(9, bulkCredit: 2)
    #expect(harness.turn().dispatched == [1])
    let session = harness.session(of: 9)
    #expect(harness.lose(9).refusals.map(\.refusal) == [.poisoned(SessionID(100), session, SessionID(0))])
    harness.serve(10, bulkCredit: 2)
    let second = harness.turn().dispatches
    #expect(second.map(\.header.attempt) == [2])
    #expect(harness.result(second[0]).count == 2)
  }

  @Test func aBulkRequestThatLostItsWorkerWaitsForOneWithoutBulkWorkAndKeepsOthersFromIt() {
    var harness = BrokerHarness()
    harness.serve(8, bulkCredit: 1)
    _ = harness.submit(1, .batch)
    #expect(harness.turn().dispatched == [1])
    harness.serve(9, bulkCredit: 3)
    _ = harness.submit(2, .batch)
    let other = harness.turn().dispatches
    _ = harness.lose(8)
    _ = harness.submit(3, .batch)
    #expect(harness.turn().dispatched == [])
    _ = harness.result(other[0])
    let suspect = harness.turn().dispatches
    #expect(suspect.map(\.header.attempt) == [2])
    _ = harness.submit(4, .online)
    #expect(harness.turn().dispatched == [4])
    _ = harness.result(suspect[0])
    #expect(harness.turn().dispatched == [3])
  }

  @Test func moreAttemptsThanNamesFitAreCountedAllTheSame() {
    var limits = Limits()
    limits.maxAttempts = 5
    var harness = BrokerHarness(limits: limits)
    _ = harness.submit(1)
    var refusals: [RefusedRequest] = []
    for peer in 1...5 as ClosedRange<UInt64> {
      #expect(refusals == [])
      harness.serve(peer)
      _ = harness.turn()
      refusals += harness.lose(peer).refusals
    }
    #expect(refusals == [RefusedRequest(1, .poisoned(SessionID(100), SessionID(101), SessionID(102)))])
  }

  @Test func expiredWorkOfALostWorkerIsNotDoneAgain() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1, timeoutMicroseconds: 1_000)
    _ = harness.turn()
    _ = harness.turn(afterMilliseconds: 1)
    #expect(harness.broker.occupiedSlots == 1)
    _ = harness.lose(9)
    #expect(harness.broker.occupiedSlots == 0)
    #expect(harness.view().queued == [0, 0, 0, 0])
  }
}
