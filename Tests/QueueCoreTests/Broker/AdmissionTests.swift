import Testing

@testable import QueueCore

/// What is taken on and what is refused on arrival, limit by limit.
@Suite struct AdmissionTests {
  private let version = VersionID(0)

  /// What a refused request makes the broker do: tell the client, give the payload back.
  private func refused(_ request: UInt64, client: UInt64 = 1, _ refusal: Refusal) -> [Action] {
    [
      .refuse(client: PeerID(client), request: RequestID(request), refusal: refusal, attempts: 0),
      .release(BrokerHarness.payload(request, client: client)),
    ]
  }

  private func harness(_ change: (inout Limits) -> Void) -> BrokerHarness {
    var limits = Limits()
    change(&limits)
    var harness = BrokerHarness(limits: limits)
    harness.serve(9)
    return harness
  }

  @Test func aRequestWithinTheLimitsIsQueuedWithoutAWord() {
    var harness = BrokerHarness()
    #expect(harness.submit(1) == [])
    #expect(harness.view().queued == [1, 0, 0, 0])
    #expect(harness.counters.accepted == 1)
    #expect(harness.broker.outstandingRequests == 1)
    #expect(harness.broker.heldBytes == 100)
  }

  @Test func aRequestForAnUnknownModelIsRefused() {
    var harness = BrokerHarness()
    #expect(harness.submit(1, target: .unknownModel) == self.refused(1, .unknownModel))
  }

  @Test func aRequestForAnUnknownVersionIsRefused() {
    var harness = BrokerHarness()
    let model = ModelID(rawValue: 0)
    #expect(
      harness.submit(1, target: .unknownVersion(model)) == self.refused(1, .unknownVersion(model: model)))
  }

  @Test func aPayloadOfTheLimitPassesAndOneByteMoreIsRefused() {
    var harness = self.harness { $0.payloadBytes = 500 }
    #expect(harness.submit(1, payloadBytes: 500) == [])
    #expect(harness.submit(2, payloadBytes: 501) == self.refused(2, .payloadTooLarge(bytes: 501, limit: 500)))
  }

  @Test func theDefaultLimitOfAPayloadIsEightMebibytes() {
    var harness = BrokerHarness()
    #expect(harness.submit(1, payloadBytes: 8 << 20) == [])
    #expect(
      harness.submit(2, payloadBytes: 9_437_184)
        == self.refused(2, .payloadTooLarge(bytes: 9_437_184, limit: 8_388_608)))
  }

  @Test func aClientWithAsManyRequestsAsItMayHaveIsRefusedAndOthersAreNot() {
    var harness = self.harness { $0.outstandingPerClient = 2 }
    harness.submitAll(1...2)
    #expect(harness.submit(3) == self.refused(3, .clientFull(limit: 2)))
    #expect(harness.submit(3, client: 2) == [])
  }

  @Test func aClientMayAskAgainOnceItHasBeenAnswered() {
    var harness = self.harness { $0.outstandingPerClient = 1 }
    _ = harness.submit(1)
    let dispatch = harness.turn().dispatches[0]
    _ = harness.result(dispatch)
    #expect(harness.submit(2) == [])
  }

  @Test func aFullVersionIsRefusedWhateverTheClassAndAnotherVersionIsNot() {
    var limits = Limits()
    limits.queuedPerVersion = 2
    var harness = BrokerHarness(versions: [("m", "1"), ("m", "2")], limits: limits)
    _ = harness.submit(1, .online)
    _ = harness.submit(2, .batch)
    let refusal = Refusal.versionQueueFull(self.version, limit: 2)
    #expect(harness.submit(3, .online) == self.refused(3, refusal))
    #expect(harness.submit(4, .tuning) == self.refused(4, refusal))
    #expect(harness.submit(5, target: .version(VersionID(1))) == [])
  }

  @Test func whoeverFillsTheQueueLeavesRoomForOthers() {
    var harness = self.harness { $0.queuedPerVersion = 100 }
    harness.submitAll(1...89)
    let refusal = Refusal.versionQueueShare(self.version, waiting: 89, limit: 100)
    #expect(harness.submit(90) == self.refused(90, refusal))
    #expect(harness.submit(90, .batch) == self.refused(90, refusal))
    harness.submitAll(1...9, client: 2)
    // Two places are left, and sixteen requests of one client are too many for them.
    #expect(harness.submit(10, client: 2) == [])
    #expect(harness.submit(11, client: 2).refusals.map(\.refusal.reason) == ["VERSION_QUEUE_SHARE"])
    #expect(harness.submit(1, client: 3) == [])
    #expect(harness.submit(2, client: 3).refusals.map(\.refusal.reason) == ["VERSION_QUEUE_FULL"])
  }

  @Test func requestsWithWorkersDoNotCountAsWaiting() {
    var harness = self.harness { $0.queuedPerVersion = 1 }
    _ = harness.submit(1)
    _ = harness.turn()
    #expect(harness.submit(2) == [])
    #expect(harness.submit(3).refusals == [RefusedRequest(3, .versionQueueFull(self.version, limit: 1))])
  }

  @Test func aFullBrokerRefusesAndCountsWorkThatIsAbandonedButNotFinished() {
    var harness = self.harness { $0.requests = 2 }
    harness.submitAll(1...2)
    let dispatch = harness.turn().dispatches[0]
    #expect(harness.submit(3) == self.refused(3, .brokerFull(limit: 2)))
    _ = harness.cancel(1)
    #expect(harness.submit(4) == self.refused(4, .brokerFull(limit: 2)))
    _ = harness.result(dispatch, status: .cancelled)
    #expect(harness.submit(5) == [])
  }

  @Test func bytesHeldAreLimitedAndComeBackWithTheAnswer() {
    var harness = self.harness { $0.heldBytes = 1000 }
    _ = harness.submit(1, payloadBytes: 600)
    #expect(harness.submit(2, payloadBytes: 401) == self.refused(2, .memoryFull(limit: 1000)))
    #expect(harness.submit(3, payloadBytes: 400) == [])
    _ = harness.cancel(1)
    #expect(harness.submit(4, payloadBytes: 600) == [])
    #expect(harness.broker.heldBytes == 1000)
  }

  @Test func aBrokerThatStopsTakesNothingNew() {
    var harness = BrokerHarness()
    _ = harness.step(.shutdownOrdered)
    #expect(harness.submit(1) == self.refused(1, .shuttingDown))
  }

  @Test func batchAndTuningAreRefusedWhereReadyWorkersTakeNone() {
    var harness = BrokerHarness()
    harness.serve(9, bulkCredit: 0)
    #expect(harness.submit(1, .batch) == self.refused(1, .noBulkCredit(self.version)))
    #expect(harness.submit(2, .tuning) == self.refused(2, .noBulkCredit(self.version)))
    #expect(harness.submit(3, .online) == [])
    #expect(harness.submit(4, .shadow) == [])
  }

  @Test func batchIsTakenWhileOneReadyWorkerTakesIt() {
    var harness = BrokerHarness()
    harness.serve(8, bulkCredit: 0)
    harness.serve(9, bulkCredit: 1)
    #expect(harness.submit(1, .batch) == [])
    #expect(harness.turn().workers == [9])
  }

  @Test func batchIsTakenWhileItsWorkersAreNotReadyYet() {
    var harness = BrokerHarness()
    _ = harness.join(9)
    #expect(harness.submit(1, .batch) == [])
  }

  @Test func batchThatWaitsIsRefusedOnceItsWorkersTurnOutToTakeNone() {
    var harness = BrokerHarness()
    _ = harness.join(9)
    _ = harness.submit(1, .batch)
    _ = harness.submit(2, .online)
    _ = harness.submit(3, .tuning)
    _ = harness.ready(9, bulkCredit: 0)
    let actions = harness.turn()
    let refusal = Refusal.noBulkCredit(self.version)
    #expect(actions.refusals == [RefusedRequest(1, refusal), RefusedRequest(3, refusal)])
    #expect(actions.dispatched == [2])
  }

  @Test func batchThatWaitsIsRefusedOnceTheLastWorkerThatTakesItHasGone() {
    var harness = BrokerHarness()
    harness.serve(8, bulkCredit: 0)
    harness.serve(9, bulkCredit: 1)
    _ = harness.submit(1, .batch)
    _ = harness.submit(2, .batch)
    _ = harness.turn()
    _ = harness.lose(9)
    let refusal = Refusal.noBulkCredit(self.version)
    #expect(harness.turn().refusals == [RefusedRequest(1, refusal), RefusedRequest(2, refusal)])
    #expect(harness.turn() == [])
  }

  @Test func aRequestThatIsOutstandingAlreadyIsAnsweredOnce() {
    var harness = BrokerHarness()
    harness.serve(9)
    _ = harness.submit(1)
    #expect(harness.submit(1) == [.release(BrokerHarness.payload(1))])
    let dispatches = harness.turn().dispatches
    #expect(dispatches.count == 1)
    #expect(harness.submit(1) == [.release(BrokerHarness.payload(1))])
    #expect(harness.counters.duplicateRequests == 2)
    #expect(harness.counters.accepted == 1)
  }

  @Test func theSameNumberFromTwoClientsIsTwoRequests() {
    var harness = BrokerHarness()
    _ = harness.submit(1, client: 1)
    #expect(harness.submit(1, client: 2) == [])
    #expect(harness.counters.accepted == 2)
  }

  @Test func aRequestWithoutPayloadHasNothingToRelease() {
    var harness = BrokerHarness()
    let submission = Submission(
      client: PeerID(1), request: RequestID(1), target: .unknownModel, requestClass: .online, contentType: .octets,
      parts: 0, timeoutMicroseconds: RequestHeader.noTimeout, payload: .none, payloadBytes: 0)
    #expect(
      harness.step(.requestReceived(submission))
        == [.refuse(client: PeerID(1), request: RequestID(1), refusal: .unknownModel, attempts: 0)])
    #expect(harness.counters.payloadsTaken == 0)
  }
}
