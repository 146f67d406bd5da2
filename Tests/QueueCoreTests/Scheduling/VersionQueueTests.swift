import BasicContainers
import Testing

@testable import QueueCore

@Suite struct VersionQueueTests {
  struct Waiting: Hashable {
    var slot: Int
    var flow: Int32
    var requestClass: RequestClass
    var deadline: Instant
    var arrival: UInt64
  }

  private static func first(of waiting: [Waiting], in requestClass: RequestClass) -> Waiting? {
    waiting.filter { $0.requestClass == requestClass }.min { left, right in
      (left.deadline, left.arrival) < (right.deadline, right.arrival)
    }
  }

  @Test func eachLaneGivesOnlyItsOwnClasses() {
    var queue = VersionQueue()
    var positions = UniqueArray<Int32>(repeating: IndexedHeap.absent, count: 4)
    for requestClass in RequestClass.allCases.reversed() {
      _ = queue.enqueue(
        Int(requestClass.rawValue), requestClass: requestClass, client: PeerID(1), deadline: .distantFuture,
        arrival: 1, positions: &positions)
    }
    #expect((0..<3).map { _ in queue.popFirst(.bulk, positions: &positions) } == [2, 3, nil])
    #expect(queue.hasWaiting(.interactive) && !queue.hasWaiting(.bulk))
    #expect((0..<3).map { _ in queue.popFirst(.interactive, positions: &positions) } == [0, 1, nil])
    #expect(queue.waitingInAll == 0)
  }

  @Test func bulkIsRefusedOnlyWhenReadyWorkersTakeNone() {
    var queue = VersionQueue()
    #expect(queue.refusesBulk == false)
    queue.ready = 2
    #expect(queue.refusesBulk == true)
    queue.bulkReady = 1
    #expect(queue.refusesBulk == false)
  }

  @Test(arguments: [51, 52, 53, 54] as [UInt64])
  func ofOneClientTheEarliestDeadlineThenTheEarliestArrivalGoesFirst(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var queue = VersionQueue()
    let slots = 48
    var positions = UniqueArray<Int32>(repeating: IndexedHeap.absent, count: slots)
    var model: [Waiting] = []
    var arrival: UInt64 = 0
    for _ in 0..<3_000 {
      let slot = Int.random(in: 0..<slots, using: &random)
      if let index = model.firstIndex(where: { $0.slot == slot }) {
        queue.remove(slot, requestClass: model[index].requestClass, flow: model[index].flow, positions: &positions)
        model.remove(at: index)
      } else if Bool.random(using: &random) {
        arrival += 1
        var waiting = Waiting(
          slot: slot, flow: 0, requestClass: RequestClass(rawValue: UInt8.random(in: 0..<4, using: &random)) ?? .online,
          deadline: Bool.random(using: &random)
            ? .distantFuture : Instant(nanoseconds: UInt64.random(in: 0..<20, using: &random)),
          arrival: arrival)
        waiting.flow = queue.enqueue(
          slot, requestClass: waiting.requestClass, client: PeerID(1), deadline: waiting.deadline,
          arrival: waiting.arrival,
          positions: &positions)
        model.append(waiting)
      } else {
        let lane: Lane = Bool.random(using: &random) ? .interactive : .bulk
        let allowed = RequestClass.allCases.filter { $0.lane == lane }.compactMap { Self.first(of: model, in: $0) }
        let popped = queue.popFirst(lane, positions: &positions)
        #expect(popped == nil ? allowed.isEmpty : allowed.contains { $0.slot == popped })
        model.removeAll { $0.slot == popped }
      }
      for requestClass in RequestClass.allCases {
        #expect(queue.waiting(requestClass) == model.count { $0.requestClass == requestClass })
      }
      #expect(queue.waitingInAll == model.count && queue.waiting(of: PeerID(1)) == model.count)
      #expect((queue.firstWaiting == nil) == model.isEmpty)
    }
  }
}
