import Testing

@testable import QueueCore

/// Deadlines: on arrival, in the queue, at dispatch, at the worker.
@Suite struct DeadlineTests {
  private let version = VersionID(0)

  @Test func aTimeoutOfZeroHasPassedOnArrival() {
    var harness = BrokerHarness()
    harness.serve(9)
    #expect(
      harness.submit(1, timeoutMicroseconds: 0).refusals == [RefusedRequest(1, .deadlinePassedOnArrival)])
    #expect(harness.counters.accepted == 0)
  }

  @Test func aRequestThatWaitsIsToldWhenItsDeadlinePasses() {
    var harness = BrokerHarness()
    _ = harness.submit(1, timeoutMicroseconds: 10_000)
    #expect(harness.turn(afterMilliseconds: 9) == [])
    #expect(
      harness.turn(afterMilliseconds: 1) == [
        .refuse(
          client: PeerID(1), request: RequestID(1), refusal: .expiredInQueue(self.version), attempts: 0),
        .release(BrokerHarness.payload(1)),
      ])
    #expect(harness.counters.expired == 1)
    #expect(harness.view().queued == [0, 0, 0, 0])
  }

  @Test func aRequestWhoseDeadlineIsNowIsNotHandedOut() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1, timeoutMicroseconds: 10_000)
    harness.advance(10)
    let actions = harness.turn()
    #expect(actions.dispatches == [])
    #expect(actions.refusals == [RefusedRequest(1, .expiredInQueue(self.version))])
  }

  @Test func aDeadlineThatPassesAtTheWorkerAnswersTheClientAndCancelsTheWork() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1, timeoutMicroseconds: 10_000)
    let dispatch = harness.turn().dispatches[0]
    let session = harness.session(of: 9)
    #expect(
      harness.turn(afterMilliseconds: 10) == [
        .refuse(
          client: PeerID(1), request: RequestID(1), refusal: .expiredAtWorker(self.version, session), attempts: 1),
        .cancelWork(worker: PeerID(9), work: dispatch.header.work, attempt: 1),
        .release(BrokerHarness.payload(1)),
      ])
  }

  @Test func expiredWorkKeepsItsCreditUntilTheWorkerReports() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1, timeoutMicroseconds: 10_000)
    let dispatch = harness.turn().dispatches[0]
    _ = harness.turn(afterMilliseconds: 10)
    _ = harness.submit(2)
    #expect(harness.turn().dispatches == [])
    #expect(harness.result(dispatch, status: .deadlineExceeded) == [])
    #expect(harness.turn().dispatched == [2])
  }

  @Test func theTimeLeftCountsFromTheArrival() {
    var harness = BrokerHarness()
    _ = harness.submit(1, timeoutMicroseconds: 50_000)
    harness.advance(30)
    harness.serve(9)
    #expect(harness.turn().dispatches.first?.header.remainingMicroseconds == 20_000)
  }

  @Test func theTimeLeftOfASecondAttemptCountsFromTheArrivalToo() {
    var harness = BrokerHarness()
    harness.serve(8)
    harness.serve(9)
    _ = harness.submit(1, timeoutMicroseconds: 50_000)
    _ = harness.turn()
    harness.advance(20)
    _ = harness.lose(8)
    let second = harness.turn().dispatches.first
    #expect(second?.header.attempt == 2)
    #expect(second?.header.remainingMicroseconds == 30_000)
  }

  @Test func aTimeoutBeyondTheEndOfTheClockIsNone() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1, timeoutMicroseconds: .max)
    #expect(harness.turn().dispatches.first?.header.remainingMicroseconds == RequestHeader.noTimeout)
  }

  @Test func manyDeadlinesPassInOrder() {
    var harness = BrokerHarness()
    for (request, timeout) in [(1, 3_000), (2, 1_000), (3, 2_000)] as [(UInt64, Int64)] {
      _ = harness.submit(request, timeoutMicroseconds: timeout)
    }
    #expect(harness.turn(afterMilliseconds: 4).refusals.map(\.request) == [2, 3, 1])
  }

  // MARK: Hopeless on arrival

  /// A broker whose one worker has answered 80 requests of a class, one each 10 ms, while others waited; one that
  /// waited is with it now.
  private func seasoned(_ requestClass: RequestClass = .online) -> BrokerHarness {
    var harness = BrokerHarness()
    harness.serve(9)
    harness.submitAll(1...81, requestClass)
    for _ in 1...80 {
      let dispatches = harness.turn().dispatches
      harness.advance(10)
      _ = harness.result(dispatches[0])
    }
    _ = harness.turn()
    return harness
  }

  @Test func aDeadlineThatTheQueueMakesHopelessIsRefusedOnArrival() {
    var harness = self.seasoned()
    // Of a second, four fifths are to be enough: for the one at the worker and 79 more.
    for request in 501...579 as ClosedRange<UInt64> {
      #expect(harness.submit(request, timeoutMicroseconds: 1_000_000) == [])
    }
    let refusal = Refusal.deadlineUnreachable(self.version, estimatedMicroseconds: 1_012_501)
    #expect(harness.submit(702, timeoutMicroseconds: 1_000_000).refusals == [RefusedRequest(702, refusal)])
    #expect(harness.submit(703) == [])
  }

  @Test func anotherClientsQueueIsNotHeldAgainstOneThatHasNone() {
    var harness = self.seasoned()
    harness.submitAll(501...700)
    // One of the other's goes before it, and one is at the worker.
    #expect(harness.submit(701, client: 2, timeoutMicroseconds: 40_000) == [])
    #expect(harness.submit(702, client: 3, timeoutMicroseconds: 40_000).refusals.count == 1)
  }

  @Test func aRequestThatNobodyWaitsBeforeIsTriedHoweverSlowOthersWere() {
    var harness = self.seasoned()
    #expect(harness.submit(501, timeoutMicroseconds: 1) == [])
    #expect(harness.submit(502, timeoutMicroseconds: 1).refusals.count == 1)
  }

  @Test func requestsThatGoLaterAreNotHeldAgainstAnEarlierDeadline() {
    var harness = self.seasoned()
    harness.submitAll(501...700)
    _ = harness.submit(701, timeoutMicroseconds: 900_000)
    #expect(harness.submit(702, timeoutMicroseconds: 30_000) == [])
    #expect(harness.view().queued[0] == 202)
  }

  @Test func batchResultsSayNothingAboutOnlineDeadlines() {
    var harness = self.seasoned(.batch)
    _ = harness.submit(501, .online)
    _ = harness.turn()
    for request in 502...900 as ClosedRange<UInt64> {
      #expect(harness.submit(request, .online, timeoutMicroseconds: 100_000) == [])
    }
  }

  @Test func nothingIsHopelessBeforeEnoughIsKnown() {
    var harness = BrokerHarness()
    harness.serve(9)
    for request in 1...900 as ClosedRange<UInt64> {
      #expect(harness.submit(request, timeoutMicroseconds: 1) == [])
    }
  }
}
