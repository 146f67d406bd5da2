import BasicContainers
import Testing

@testable import QueueCore

@Suite struct IndexedHeapTests {
  private static func element(_ major: UInt64, _ minor: UInt64 = 0, slot: Int32) -> IndexedHeap.Element {
    IndexedHeap.Element(major: major, minor: minor, slot: slot)
  }

  @Test func theSmallestKeyComesFirst() {
    var heap = IndexedHeap()
    var positions = UniqueArray<Int32>(repeating: IndexedHeap.absent, count: 3)
    heap.insert(Self.element(30, slot: 0), positions: &positions)
    heap.insert(Self.element(10, slot: 1), positions: &positions)
    heap.insert(Self.element(20, slot: 2), positions: &positions)
    let slots = (0..<3).map { _ in heap.removeFirst(positions: &positions).slot }
    #expect(slots == [1, 2, 0])
    #expect(heap.isEmpty == true)
  }

  @Test func equalMajorKeysAreOrderedByTheMinorOne() {
    var heap = IndexedHeap()
    var positions = UniqueArray<Int32>(repeating: IndexedHeap.absent, count: 3)
    for (slot, minor) in [7, 5, 6].enumerated() {
      heap.insert(Self.element(.max, UInt64(minor), slot: Int32(slot)), positions: &positions)
    }
    let slots = (0..<3).map { _ in heap.removeFirst(positions: &positions).slot }
    #expect(slots == [1, 2, 0])
  }

  @Test func aRemovedSlotStandsNowhere() {
    var heap = IndexedHeap()
    var positions = UniqueArray<Int32>(repeating: IndexedHeap.absent, count: 4)
    for slot in 0..<4 { heap.insert(Self.element(UInt64(slot), slot: Int32(slot)), positions: &positions) }
    heap.remove(slot: 1, positions: &positions)
    #expect(positions[1] == IndexedHeap.absent)
    #expect(heap.count == 3)
    #expect(heap.first?.slot == 0)
  }

  @Test func twoHeapsShareOneTableOfPositions() {
    var left = IndexedHeap()
    var right = IndexedHeap()
    var positions = UniqueArray<Int32>(repeating: IndexedHeap.absent, count: 6)
    for slot in 0..<6 {
      let element = Self.element(UInt64(10 - slot), slot: Int32(slot))
      if slot.isMultiple(of: 2) {
        left.insert(element, positions: &positions)
      } else {
        right.insert(element, positions: &positions)
      }
    }
    left.remove(slot: 2, positions: &positions)
    #expect((0..<2).map { _ in left.removeFirst(positions: &positions).slot } == [4, 0])
    #expect((0..<3).map { _ in right.removeFirst(positions: &positions).slot } == [5, 3, 1])
    #expect((0..<positions.count).allSatisfy { positions[$0] == IndexedHeap.absent })
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
  func theHeapAgreesWithASortedList(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var heap = IndexedHeap()
    let slots = 64
    var positions = UniqueArray<Int32>(repeating: IndexedHeap.absent, count: slots)
    var model: [Int32: (major: UInt64, minor: UInt64)] = [:]
    for _ in 0..<3_000 {
      let slot = Int32.random(in: 0..<Int32(slots), using: &random)
      let element = Self.element(
        UInt64.random(in: 0..<8, using: &random), UInt64.random(in: 0..<1_000, using: &random), slot: slot)
      switch (Int.random(in: 0..<4, using: &random), model[slot] != nil) {
      case (0, true):
        heap.remove(slot: Int(slot), positions: &positions)
        model[slot] = nil
      case (1, true):
        heap.update(element, positions: &positions)
        model[slot] = (element.major, element.minor)
      case (2, _) where !model.isEmpty:
        let first = heap.removeFirst(positions: &positions)
        let least = model.values.min { $0 < $1 }
        #expect(least.map { $0 == (first.major, first.minor) } == true)
        #expect(model[first.slot].map { $0 == (first.major, first.minor) } == true)
        model[first.slot] = nil
      case (_, false):
        heap.insert(element, positions: &positions)
        model[slot] = (element.major, element.minor)
      default: break
      }
      #expect(heap.count == model.count)
      let count = model.values.count { $0.major <= element.major }
      #expect(heap.count(upTo: element.major, limit: .max) == count)
      #expect(heap.count(upTo: element.major, limit: 3) == min(count, 3))
      let isConsistent = (0..<Int32(slots)).allSatisfy { slot in
        let position = positions[Int(slot)]
        return model[slot] == nil
          ? position == IndexedHeap.absent : heap.elements[Int(position)].slot == slot
      }
      #expect(isConsistent)
    }
  }
}
