import Testing

@testable import QueueCore

/// Requests for a version without workers: held while one may be restarting, then refused.
@Suite struct OrphanTests {
  private let version = VersionID(0)

  private func absent(_ milliseconds: UInt64) -> Refusal {
    .noWorker(self.version, absentMilliseconds: milliseconds)
  }

  @Test func requestsWaitWhileTheLastWorkerRestarts() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    _ = harness.turn()
    _ = harness.lose(9)
    _ = harness.submit(2)
    #expect(harness.turn(afterMilliseconds: 4_999) == [])
    harness.serve(8, credit: 2)
    #expect(harness.turn().dispatched == [1, 2])
  }

  @Test func requestsThatWaitAreRefusedWhenNoWorkerComesBack() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    _ = harness.turn()
    _ = harness.lose(9)
    _ = harness.submit(2, .batch)
    let refusal = self.absent(5_000)
    #expect(
      harness.turn(afterMilliseconds: 5_000) == [
        .refuse(client: PeerID(1), request: RequestID(1), refusal: refusal, attempts: 1),
        .release(BrokerHarness.payload(1)),
        .refuse(client: PeerID(1), request: RequestID(2), refusal: refusal, attempts: 0),
        .release(BrokerHarness.payload(2)),
      ])
    #expect(harness.broker.nextDeadline == .distantFuture)
  }

  @Test func requestsThatComeAfterTheGraceAreRefusedAtOnce() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.goodbye(9)
    harness.advance(7_250)
    #expect(harness.submit(1).refusals == [RefusedRequest(1, self.absent(7_250))])
  }

  @Test func aVersionKnownFromBeforeTheStartHasTheSameGrace() {
    var harness = BrokerHarness()
    harness.advance(4_999)
    #expect(harness.submit(1) == [])
    #expect(harness.submit(2, timeoutMicroseconds: 60_000_000) == [])
    #expect(harness.turn(afterMilliseconds: 1).refusals.map(\.request).sorted() == [1, 2])
  }

  @Test func aWorkerThatLoadsIsReasonEnoughToWait() {
    var harness = BrokerHarness()
    _ = harness.submit(1)
    _ = harness.join(9, heartbeatMilliseconds: 60_000)
    #expect(harness.turn(afterMilliseconds: 20_000).refusals == [])
    #expect(harness.submit(2) == [])
  }

  @Test func theGraceBeginsAnewWithEachLoss() {
    var harness = BrokerHarness()
    _ = harness.submit(1)
    harness.advance(4_000)
    _ = harness.join(9)
    harness.advance(500)
    _ = harness.lose(9)
    #expect(harness.turn(afterMilliseconds: 4_999) == [])
    #expect(harness.turn(afterMilliseconds: 1).refusals == [RefusedRequest(1, self.absent(5_000))])
  }

  @Test func oneWorkerOfManyLostIsNoReasonToRefuse() {
    var harness = BrokerHarness()
    _ = harness.join(8, heartbeatMilliseconds: 60_000)
    harness.serve(9)
    _ = harness.lose(9)
    _ = harness.submit(1)
    #expect(harness.turn(afterMilliseconds: 10_000).refusals == [])
  }

  @Test func onlyTheVersionWithoutWorkersIsRefused() {
    var harness = BrokerHarness(versions: [("m", "1"), ("m", "2")])
    _ = harness.join(9, version: 1, heartbeatMilliseconds: 60_000)
    _ = harness.submit(1, target: .version(VersionID(0)))
    _ = harness.submit(2, target: .version(VersionID(1)))
    #expect(harness.turn(afterMilliseconds: 5_000).refusals == [RefusedRequest(1, self.absent(5_000))])
    #expect(harness.view(1).queued[0] == 1)
  }

  @Test func theGraceIsConfigurable() {
    var timing = Timing()
    timing.orphanGraceMilliseconds = 0
    var harness = BrokerHarness(timing: timing)
    #expect(harness.submit(1).refusals == [RefusedRequest(1, self.absent(0))])
  }

  @Test func aDeadlineBeforeTheEndOfTheGraceStillCounts() {
    var harness = BrokerHarness()
    _ = harness.submit(1, timeoutMicroseconds: 1_000_000)
    #expect(harness.turn(afterMilliseconds: 1_000).refusals == [RefusedRequest(1, .expiredInQueue(self.version))])
  }
}
