import Testing

@testable import QueueCore

@Suite struct DeadlineQueueTests {
  private static func key(_ deadline: UInt64, _ arrival: UInt64, slot: Int32) -> IndexedHeap.Element {
    IndexedHeap.Element(major: deadline, minor: arrival, slot: slot)
  }

  @Test func theEarliestDeadlineIsFirstAndOfEqualOnesTheEarliestArrival() {
    var queue = DeadlineQueue()
    queue.insert(Self.key(9, 1, slot: 0))
    queue.insert(Self.key(5, 3, slot: 1))
    queue.insert(Self.key(5, 2, slot: 2))
    #expect(queue.first?.slot == 2)
    queue.remove(2)
    #expect(queue.first?.slot == 1)
    queue.remove(1)
    queue.remove(0)
    #expect(queue.isEmpty && queue.first == nil && !queue.contains(0))
  }

  /// From falling deadlines, which fit no run, to a few time-outs, which all do.
  @Test(arguments: 0..<12 as Range<UInt64>)
  func theQueueAgreesWithASortedList(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var queue = DeadlineQueue()
    var model: [Int32: (deadline: UInt64, arrival: UInt64)] = [:]
    for arrival in 0..<4_000 as Range<UInt64> {
      let slot = Int32.random(in: 0..<96, using: &random)
      if model[slot] != nil {
        queue.remove(Int(slot))
        model[slot] = nil
      } else {
        let deadline =
          switch seed % 4 {
          case 0: 10_000 - arrival
          case 1: arrival + ([10, 100, 1_000].randomElement(using: &random) ?? 0)
          case 2: UInt64.random(in: 0..<50, using: &random)
          default: arrival + UInt64.random(in: 0..<200, using: &random)
          }
        queue.insert(Self.key(deadline, arrival, slot: slot))
        model[slot] = (deadline, arrival)
      }
      if random.chance(oneIn: 3), let first = queue.first {
        queue.remove(Int(first.slot))
        let least = model.values.min { $0 < $1 }
        #expect(least.map { $0 == (first.major, first.minor) } == true)
        model[first.slot] = nil
      }
      #expect(queue.count == model.count)
      #expect(queue.contains(Int(slot)) == (model[slot] != nil))
    }
    while let first = queue.first {
      let least = model.values.min { $0 < $1 }
      #expect(least.map { $0 == (first.major, first.minor) } == true)
      queue.remove(Int(first.slot))
      model[first.slot] = nil
    }
    #expect(model.isEmpty)
  }
}
