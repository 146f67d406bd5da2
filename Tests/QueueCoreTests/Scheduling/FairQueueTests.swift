import BasicContainers
import Testing

@testable import QueueCore

/// A queue in the hands of a test, which names requests by numbers.
private struct DrivenQueue: ~Copyable {
  var queue = FairQueue()
  private var positions = UniqueArray<Int32>(repeating: IndexedHeap.absent, count: 1024)
  private var flows = UniqueArray<Int32>(repeating: IndexedHeap.absent, count: 1024)
  private var arrivals: UInt64 = 0

  mutating func insert(_ slot: Int, _ client: UInt64, deadline: UInt64 = .max, arrival: UInt64? = nil) {
    self.arrivals += 1
    self.flows[slot] = self.queue.insert(
      slot, client: PeerID(client), deadline: Instant(nanoseconds: deadline), arrival: arrival ?? self.arrivals,
      positions: &self.positions)
  }

  mutating func take() -> Int? {
    guard let first = self.queue.first else { return nil }
    #expect(self.queue.removeFirst(positions: &self.positions) == first)
    return first
  }

  mutating func takeAll() -> [Int] {
    var slots: [Int] = []
    while let slot = self.take() { slots.append(slot) }
    return slots
  }

  mutating func remove(_ slot: Int) { self.queue.remove(slot, flow: self.flows[slot], positions: &self.positions) }
}

struct FairQueueTests {
  @Test func clientsTakeTurnsWhateverTheyHaveWaiting() {
    var queue = DrivenQueue()
    for slot in 0..<10 { queue.insert(slot, 1) }
    for slot in 10..<13 { queue.insert(slot, 2) }
    queue.insert(13, 3)
    #expect(queue.takeAll() == [0, 10, 13, 1, 11, 2, 12, 3, 4, 5, 6, 7, 8, 9])
  }

  @Test func theEarliestDeadlineGoesFirstOfAClientAndOfARound() {
    var queue = DrivenQueue()
    queue.insert(0, 1, deadline: 30)
    queue.insert(1, 1, deadline: 10)
    queue.insert(2, 2, deadline: 5)
    queue.insert(3, 2, deadline: 6)
    queue.insert(4, 3, deadline: 7)
    #expect(queue.takeAll() == [2, 4, 1, 3, 0])
  }

  @Test func whoComesBackAtOnceWaitsForTheNextRound() {
    var queue = DrivenQueue()
    for slot in 0..<3 { queue.insert(slot, 1) }
    queue.insert(10, 2)
    #expect(queue.take() == 0)
    #expect(queue.take() == 10)
    // Both have had their turns, and the one with an earlier deadline goes first.
    queue.insert(11, 2, deadline: 5)
    queue.insert(20, 3)
    #expect(queue.takeAll() == [20, 11, 1, 2])
  }

  @Test func whoHasHadNoTurnLosesNoneByGivingUp() {
    var queue = DrivenQueue()
    queue.insert(0, 1)
    queue.insert(1, 1)
    queue.insert(10, 2)
    queue.insert(11, 2)
    queue.remove(0)
    queue.remove(10)
    queue.remove(11)
    #expect(queue.queue.count == 1)
    queue.insert(12, 2, deadline: 1)
    #expect(queue.takeAll() == [12, 1])
    #expect(queue.queue.isEmpty == true)
  }

  @Test func whatComesBackStandsBeforeWhatItsClientAskedForLater() {
    var queue = DrivenQueue()
    for slot in 0..<3 { queue.insert(slot, 1, arrival: UInt64(slot) + 1) }
    #expect(queue.take() == 0)
    queue.insert(0, 1, arrival: 1)
    #expect(queue.takeAll() == [0, 1, 2])
  }

  @Test func whatGoesBeforeIsCountedRoundByRound() {
    var queue = DrivenQueue()
    for slot in 0..<100 { queue.insert(slot, 1) }
    for slot in 100..<103 { queue.insert(slot, 2, deadline: 50) }
    func before(_ client: UInt64, _ deadline: UInt64, upTo limit: Int = .max) -> Int {
      queue.queue.count(before: Instant(nanoseconds: deadline), of: PeerID(client), upTo: limit)
    }
    #expect(before(3, 1) == 2)
    #expect(before(2, 40) == 1)
    #expect(before(2, 60) == 3 + 4)
    #expect(before(1, .max) == 100 + 3)
    #expect(before(1, .max, upTo: 7) == 7)
    #expect(queue.queue.count(of: PeerID(1)) == 100 && queue.queue.count(of: PeerID(9)) == 0)
  }

  @Test func clientsThatAreGoneAreForgotten() {
    var queue = DrivenQueue()
    for client in 0..<5_000 as Range<UInt64> {
      queue.insert(Int(client % 1024), client)
      #expect(queue.take() == Int(client % 1024))
    }
    #expect(queue.queue.rememberedClients <= 65)
  }

  /// Whoever waits all the time gets as much as anybody else who does, whatever comes and goes beside.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func whoeverWaitsGetsAnEqualShare(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var queue = DrivenQueue()
    var free = Array(0..<1024)
    var owners = [UInt64](repeating: 0, count: 1024)
    var waiting = [Int](repeating: 0, count: 12)
    var served = [Int](repeating: 0, count: 12)
    let steady = 0..<4
    for step in 0..<4_000 {
      for client in 0..<12 {
        let wanted = steady.contains(client) ? 1 + 60 * client : Int.random(in: 0...2, using: &random)
        while waiting[client] < wanted, let slot = free.popLast() {
          let deadline: UInt64 = random.chance(oneIn: 3) ? UInt64.random(in: 0...9, using: &random) : .max
          queue.insert(slot, UInt64(client), deadline: deadline)
          owners[slot] = UInt64(client)
          waiting[client] += 1
        }
      }
      guard let slot = queue.take() else {
        Issue.record("somebody waits, but nobody has a turn")
        return
      }
      waiting[Int(owners[slot])] -= 1
      served[Int(owners[slot])] += 1
      free.append(slot)
      let shares = steady.map { served[$0] }
      #expect((shares.max() ?? 0) - (shares.min() ?? 0) <= 1, "after \(step)")
      #expect(served.allSatisfy { $0 <= (shares.min() ?? 0) + 1 }, "after \(step)")
    }
  }
}
