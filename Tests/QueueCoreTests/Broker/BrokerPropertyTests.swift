import Testing

@testable import QueueCore

/// Whatever happens, in whatever order, the accounts add up and everybody is answered once.
@Suite struct BrokerPropertyTests {
  @Test(arguments: Array(1...40) as [UInt64])
  func theAccountsAddUpAfterEveryEvent(seed: UInt64) {
    var story = BrokerStory(seed: seed)
    for _ in 0..<1_500 where story.faults.isEmpty { story.tell() }
    #expect(story.faults == [], "seed \(seed)")
    #expect(story.harness.counters.replied > 0)
    #expect(story.harness.counters.dispatched > 0)
  }

  @Test(arguments: Array(101...120) as [UInt64])
  func nothingIsLeftOnceWorkersAndTimeHaveGone(seed: UInt64) {
    var story = BrokerStory(seed: seed)
    for _ in 0..<500 { story.tell() }
    story.heal()
    #expect(story.faults == [], "seed \(seed)")
    #expect(story.owed == [])
    #expect(story.held == [])
    #expect(story.harness.broker.occupiedSlots == 0)
    #expect(story.harness.broker.heldBytes == 0)
    #expect(story.harness.broker.outstandingRequests == 0)
    #expect(story.harness.broker.nextDeadline == .distantFuture)
  }

  @Test func theStoriesSeeEveryKindOfEnd() {
    var sums: [String: UInt64] = [:]
    for seed in 1...20 as ClosedRange<UInt64> {
      var story = BrokerStory(seed: seed)
      for _ in 0..<1_500 { story.tell() }
      for (name, value) in story.harness.counters.named { sums[name, default: 0] += value }
    }
    // Clients make more requests than copies can be made of: the limits of these are another suite's.
    let rare = [ShadowDrop.queueFull, .requestLimit, .memoryLimit, .madeRoom].map { "shadow_copies_dropped_\($0.name)" }
    let unseen = Counters().named.map(\.name).filter { sums[$0, default: 0] == 0 && !rare.contains($0) }
    #expect(unseen == [])
  }

  @Test func theSameEventsGiveTheSameActions() {
    var first = BrokerStory(seed: 7)
    var second = BrokerStory(seed: 7)
    for _ in 0..<1_000 {
      first.tell()
      second.tell()
    }
    #expect(first.harness.counters == second.harness.counters)
    #expect(first.inHand == second.inHand)
  }
}
