import Testing

@testable import QueueCore

/// Which of the waiting requests goes next.
@Suite struct DispatchOrderTests {
  /// A broker whose one worker of credit 1 a lane is about to take one request after the other.
  private func harness() -> BrokerHarness {
    var harness = BrokerHarness()
    harness.serve(9)
    return harness
  }

  /// The order in which one worker gets what waits, each result making room for the next.
  private func order(_ harness: inout BrokerHarness, most: Int = .max) -> [UInt64] {
    var order: [UInt64] = []
    var dispatches = harness.turn().dispatches
    while !dispatches.isEmpty, order.count < most {
      let dispatch = dispatches.removeFirst()
      order.append(dispatch.payload.rawValue - 1000)
      _ = harness.result(dispatch)
      dispatches += harness.turn().dispatches
    }
    return order
  }

  @Test func nothingIsHandedOutBeforeTheTurnEnds() {
    var harness = self.harness()
    #expect(harness.submit(1) == [])
    #expect(harness.turn().dispatched == [1])
  }

  @Test func workCarriesWhatTheClientSaid() {
    var harness = self.harness()
    _ = harness.submit(1, .batch, timeoutMicroseconds: 5_000_000)
    harness.advance(2)
    let dispatch = harness.turn().dispatches.first
    #expect(dispatch?.worker == 9)
    #expect(dispatch?.payload == BrokerHarness.payload(1))
    #expect(dispatch?.header.requestClass == .batch)
    #expect(dispatch?.header.contentType == .json)
    #expect(dispatch?.header.parts == 1)
    #expect(dispatch?.header.attempt == 1)
    #expect(dispatch?.header.remainingMicroseconds == 4_998_000)
  }

  @Test func workWithoutADeadlineSaysSo() {
    var harness = self.harness()
    _ = harness.submit(1)
    #expect(harness.turn().dispatches.first?.header.remainingMicroseconds == RequestHeader.noTimeout)
  }

  @Test func requestsWithoutDeadlinesGoInTheOrderOfArrival() {
    var harness = self.harness()
    harness.submitAll(1...5)
    #expect(self.order(&harness) == [1, 2, 3, 4, 5])
  }

  @Test func theEarliestDeadlineGoesFirstAndNoDeadlineLast() {
    var harness = self.harness()
    _ = harness.submit(1)
    _ = harness.submit(2, timeoutMicroseconds: 3_000_000)
    _ = harness.submit(3, timeoutMicroseconds: 1_000_000)
    _ = harness.submit(4, timeoutMicroseconds: 2_000_000)
    _ = harness.submit(5, timeoutMicroseconds: 1_000_000)
    #expect(self.order(&harness) == [3, 5, 4, 2, 1])
  }

  @Test func onlineGoesBeforeShadowAndBatchBeforeTuning() {
    var harness = self.harness()
    _ = harness.submit(1, .tuning)
    _ = harness.submit(2, .shadow)
    _ = harness.submit(3, .batch)
    _ = harness.submit(4, .online)
    let order = self.order(&harness)
    #expect(order.filter { [2, 4].contains($0) } == [4, 2])
    #expect(order.filter { [1, 3].contains($0) } == [3, 1])
  }

  @Test func anEarlierDeadlineOfALowerClassDoesNotGoBeforeAHigherClass() {
    var harness = self.harness()
    _ = harness.submit(1, .shadow, timeoutMicroseconds: 1_000)
    _ = harness.submit(2, .online)
    #expect(self.order(&harness) == [2, 1])
  }

  @Test func batchTakesNoCreditOfOnline() {
    var harness = self.harness()
    _ = harness.submit(1, .batch)
    #expect(harness.turn().dispatched == [1])
    _ = harness.submit(2, .online)
    #expect(harness.turn().dispatched == [2])
  }

  @Test(arguments: [(.online, .shadow), (.batch, .tuning)] as [(RequestClass, RequestClass)])
  func theLowerClassOfALaneGetsOnePickInTwenty(upper: RequestClass, lower: RequestClass) {
    var harness = self.harness()
    harness.submitAll(1...100, upper)
    harness.submitAll(501...600, lower)
    let order = self.order(&harness, most: 60)
    #expect(order.indices.filter { order[$0] > 500 } == [19, 39, 59])
    #expect(order.filter { $0 <= 500 } == Array(1...57))
  }

  @Test func versionsDoNotWaitForEachOther() {
    var harness = BrokerHarness(versions: [("m", "1"), ("m", "2")])
    harness.serve(8, version: 0)
    harness.serve(9, version: 1)
    harness.submitAll(1...3, target: .version(VersionID(0)))
    _ = harness.submit(4, target: .version(VersionID(1)))
    let dispatches = harness.turn().dispatches
    #expect(Set(dispatches.map { [$0.worker, $0.payload.rawValue - 1000] }) == [[8, 1], [9, 4]])
  }
}
