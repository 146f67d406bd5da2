import Testing

@testable import QueueCore

/// Which worker gets the next request, and when none does.
@Suite struct WorkerChoiceTests {
  @Test func theWorkerWithTheLeastOutstandingIsChosen() {
    var harness = BrokerHarness()
    harness.serve(7, credit: 4)
    _ = harness.submit(1)
    _ = harness.submit(2)
    _ = harness.turn()
    harness.serve(8, credit: 4)
    harness.submitAll(3...6)
    // 7 has two: 8 gets two, then both are used in turn.
    #expect(harness.turn().workers.prefix(2) == [8, 8])
    #expect(harness.broker.workerViews(at: harness.now).map(\.outstanding) == [3, 3])
  }

  @Test func tiesGoToTheMostRecentlyUsed() {
    var harness = BrokerHarness()
    for peer in [7, 8, 9] as [UInt64] { harness.serve(peer) }
    harness.submitAll(1...3)
    let dispatches = harness.turn().dispatches
    #expect(dispatches.map(\.worker) == [7, 8, 9])
    for index in [1, 2, 0] { _ = harness.result(dispatches[index]) }
    harness.submitAll(4...6)
    #expect(harness.turn().workers == [7, 9, 8])
  }

  @Test func shortRequestsShareAWorkerInsteadOfWakingOneEach() {
    var harness = BrokerHarness()
    for peer in [7, 8, 9] as [UInt64] { harness.serve(peer, credit: 64) }
    harness.submitAll(1...3)
    for dispatch in harness.turn().dispatches { _ = harness.result(dispatch, computeMicroseconds: 0) }
    harness.submitAll(4...23)
    // Sixteen of them are 64 us at most; the others are another worker's.
    let workers = harness.turn().workers
    #expect(Dictionary(grouping: workers) { $0 }.values.map(\.count).sorted() == [4, 16])
  }

  @Test func requestsOfManyBytesAreSpreadHoweverShortTheirCalls() {
    var harness = BrokerHarness()
    for peer in [7, 8] as [UInt64] { harness.serve(peer, credit: 64) }
    for request in 1...2 as ClosedRange<UInt64> { _ = harness.submit(request, payloadBytes: 1 << 20) }
    for dispatch in harness.turn().dispatches { _ = harness.result(dispatch, computeMicroseconds: 0) }
    for request in 3...10 as ClosedRange<UInt64> { _ = harness.submit(request, payloadBytes: 1 << 20) }
    #expect(Dictionary(grouping: harness.turn().workers) { $0 }.values.map(\.count) == [4, 4])
  }

  @Test func howLongAFailureTookSaysNothingOfRequests() {
    var harness = BrokerHarness()
    for peer in [7, 8] as [UInt64] { harness.serve(peer, credit: 64) }
    harness.submitAll(1...2)
    for dispatch in harness.turn().dispatches { _ = harness.result(dispatch, computeMicroseconds: 0) }
    for request in 3...10 as ClosedRange<UInt64> {
      _ = harness.submit(request)
      _ = harness.result(harness.turn().dispatches[0], status: .internal, computeMicroseconds: 1_000_000)
    }
    harness.submitAll(11...18)
    #expect(Set(harness.turn().workers).count == 1)
  }

  @Test func whoHasFailedIsTheLastEvenOfThoseWithRoomOnTheirLevel() {
    var harness = BrokerHarness()
    for peer in [7, 8] as [UInt64] { harness.serve(peer, credit: 64) }
    harness.submitAll(1...2)
    for dispatch in harness.turn().dispatches { _ = harness.result(dispatch, computeMicroseconds: 0) }
    harness.submitAll(3...5)
    let dispatches = harness.turn().dispatches
    #expect(Set(dispatches.map(\.worker)).count == 1)
    _ = harness.result(dispatches[0], status: .internal)
    _ = harness.submit(6)
    #expect(harness.turn().workers == [dispatches[0].worker == 7 ? 8 : 7])
  }

  @Test func aLightLoadStaysOnFewOfManyWorkers() {
    var harness = BrokerHarness()
    for peer in 1...50 as ClosedRange<UInt64> { harness.serve(peer, credit: 4) }
    var used: Set<UInt64> = []
    for round in 0..<20 as Range<UInt64> {
      harness.submitAll(3 * round + 1...3 * round + 3)
      let dispatches = harness.turn().dispatches
      used.formUnion(dispatches.map { $0.worker })
      for dispatch in dispatches { _ = harness.result(dispatch) }
    }
    #expect(used.count == 3)
  }

  @Test(arguments: [StatusCode.unknown, .resourceExhausted, .internal, .unavailable, .dataLoss])
  func whoHasFailedIsTheLastToGetWorkAgain(status: StatusCode) {
    var harness = BrokerHarness()
    for peer in [7, 8, 9] as [UInt64] { harness.serve(peer) }
    _ = harness.submit(1)
    let first = harness.turn().dispatches
    #expect(first.map(\.worker) == [7])
    _ = harness.result(first[0], status: status)
    harness.submitAll(2...4)
    #expect(harness.turn().workers == [8, 9, 7])
  }

  @Test(arguments: [StatusCode.ok, .invalidArgument, .cancelled, .deadlineExceeded])
  func whatIsNoFaultOfTheWorkerMakesItFirst(status: StatusCode) {
    var harness = BrokerHarness()
    for peer in [7, 8, 9] as [UInt64] { harness.serve(peer) }
    harness.submitAll(1...2)
    let dispatches = harness.turn().dispatches
    _ = harness.result(dispatches[0], status: status)
    _ = harness.submit(3)
    #expect(harness.turn().workers == [7])
  }

  @Test func aWorkerGetsNoMoreThanItsCredit() {
    var harness = BrokerHarness()
    harness.serve(9, credit: 3)
    harness.submitAll(1...5)
    #expect(harness.turn().dispatched == [1, 2, 3])
    #expect(harness.turn() == [])
    #expect(harness.view().queued[0] == 2)
  }

  @Test func aResultMakesRoomForExactlyOne() {
    var harness = BrokerHarness()
    harness.serve(9, credit: 2)
    harness.submitAll(1...4)
    let dispatches = harness.turn().dispatches
    _ = harness.result(dispatches[1])
    #expect(harness.turn().dispatched == [3])
    #expect(harness.turn() == [])
  }

  @Test func eachLaneHasACreditOfItsOwn() {
    var harness = BrokerHarness()
    harness.serve(9, credit: 2, bulkCredit: 1)
    harness.submitAll(1...3, .batch)
    harness.submitAll(11...13, .online)
    #expect(Set(harness.turn().dispatched) == [1, 11, 12])
    let view = harness.broker.workerView(of: harness.session(of: 9), at: harness.now)
    #expect(view?.outstanding == 2)
    #expect(view?.bulkOutstanding == 1)
  }

  @Test func loadIsComparedWithinALane() {
    var harness = BrokerHarness()
    harness.serve(8, credit: 2, bulkCredit: 2)
    harness.serve(9, credit: 2, bulkCredit: 0)
    harness.submitAll(1...2, .batch)
    #expect(harness.turn().workers == [8, 8])
    harness.submitAll(11...12, .online)
    #expect(Set(harness.turn().workers) == [8, 9])
  }

  @Test func aRequestStaysInTheBrokerUntilAWorkerIsFree() {
    var harness = BrokerHarness()
    harness.serve(8)
    harness.submitAll(1...2)
    #expect(harness.turn().workers == [8])
    // Request 2 was not promised to the busy worker: whoever comes first gets it.
    harness.serve(9)
    let actions = harness.turn()
    #expect(actions.workers == [9])
    #expect(actions.dispatched == [2])
  }

  @Test func aWorkerThatIsNotReadyGetsNothing() {
    var harness = BrokerHarness()
    _ = harness.submit(1)
    _ = harness.join(9)
    #expect(harness.turn() == [])
    _ = harness.ready(9)
    #expect(harness.turn().dispatched == [1])
  }

  @Test func aWorkerGetsNothingOfAnotherVersion() {
    var harness = BrokerHarness(versions: [("m", "1"), ("m", "2")])
    harness.serve(9, version: 1)
    _ = harness.submit(1, target: .version(VersionID(0)))
    #expect(harness.turn() == [])
  }

  @Test func aGrantBeyondTheLimitIsCutToIt() {
    var limits = Limits()
    limits.credit = 2
    var harness = BrokerHarness(limits: limits)
    harness.serve(9, credit: .max, bulkCredit: .max)
    harness.submitAll(1...5, .online)
    harness.submitAll(11...15, .batch)
    #expect(harness.turn().dispatched == [1, 2, 11, 12])
  }

  @Test func manyIdleWorkersShareTheWorkEvenly() {
    var harness = BrokerHarness()
    for peer in 1...50 as ClosedRange<UInt64> { harness.serve(peer, credit: 4) }
    harness.submitAll(1...200)
    let workers = harness.turn().workers
    #expect(workers.count == 200)
    let counts = Dictionary(grouping: workers) { $0 }.values.map(\.count)
    #expect(counts.count == 50)
    #expect(counts.allSatisfy { $0 == 4 })
  }
}
