import BasicContainers

/// A binary min-heap of slots that can also be removed from its middle.
///
/// Where each slot stands is kept by the caller in an array indexed by slot, so that many heaps over one table share
/// one such array as long as a slot is in at most one of them. Keys are pairs, compared first by `major`, then by
/// `minor`. Insertion in key order costs O(1), all else O(log n).
struct IndexedHeap: ~Copyable {
  struct Element: BitwiseCopyable {
    var major: UInt64
    var minor: UInt64
    var slot: Int32

    static func precedes(_ left: Element, _ right: Element) -> Bool {
      left.major != right.major ? left.major < right.major : left.minor < right.minor
    }
  }

  /// The position of a slot that is in no heap.
  static let absent: Int32 = -1

  private(set) var elements = UniqueArray<Element>()

  var isEmpty: Bool { self.elements.isEmpty }
  var count: Int { self.elements.count }
  var first: Element? { self.elements.isEmpty ? nil : self.elements[0] }

  /// How many keys have at most this `major`, counted to `limit`. Costs as much as they are, not as much as the heap
  /// holds.
  func count(upTo major: UInt64, limit: Int) -> Int {
    var count = 0
    self.count(upTo: major, below: 0, limit: limit, into: &count)
    return count
  }

  /// Gives memory back if the heap is empty and has room for more than so many.
  mutating func shrink(to capacity: Int) {
    if self.elements.isEmpty, self.elements.capacity > capacity { self.elements = UniqueArray() }
  }

  mutating func insert(_ element: Element, positions: inout UniqueArray<Int32>) {
    precondition(positions[Int(element.slot)] == Self.absent, "a slot stands in one heap at most")
    let end = self.elements.count
    // Not one by one: a heap that few are in is to have its room soon.
    if end == self.elements.capacity { self.elements.reserveCapacity(max(2 * end, 8)) }
    self.elements.append(element)
    self.siftUp(element, from: end, positions: &positions)
  }

  mutating func removeFirst(positions: inout UniqueArray<Int32>) -> Element {
    let first = self.elements[0]
    self.removeElement(at: 0, positions: &positions)
    return first
  }

  mutating func remove(slot: Int, positions: inout UniqueArray<Int32>) {
    let index = Int(positions[slot])
    precondition(index >= 0 && self.elements[index].slot == Int32(slot), "the slot stands in this heap")
    self.removeElement(at: index, positions: &positions)
  }

  /// Changes the key of a slot that is in the heap.
  mutating func update(_ element: Element, positions: inout UniqueArray<Int32>) {
    self.remove(slot: Int(element.slot), positions: &positions)
    self.insert(element, positions: &positions)
  }

  private func count(upTo major: UInt64, below index: Int, limit: Int, into count: inout Int) {
    guard count < limit, index < self.elements.count, self.elements[index].major <= major else { return }
    count += 1
    self.count(upTo: major, below: 2 * index + 1, limit: limit, into: &count)
    self.count(upTo: major, below: 2 * index + 2, limit: limit, into: &count)
  }

  private mutating func removeElement(at index: Int, positions: inout UniqueArray<Int32>) {
    positions[Int(self.elements[index].slot)] = Self.absent
    let last = self.elements.removeLast()
    guard index < self.elements.count else { return }
    if index > 0, Element.precedes(last, self.elements[(index - 1) / 2]) {
      self.siftUp(last, from: index, positions: &positions)
    } else {
      self.siftDown(last, from: index, positions: &positions)
    }
  }

  /// Puts an element into the gap at `start`, or above it.
  private mutating func siftUp(_ moving: Element, from start: Int, positions: inout UniqueArray<Int32>) {
    var index = start
    while index > 0 {
      let parent = (index - 1) / 2
      let above = self.elements[parent]
      guard Element.precedes(moving, above) else { break }
      self.elements[index] = above
      positions[Int(above.slot)] = Int32(truncatingIfNeeded: index)
      index = parent
    }
    self.elements[index] = moving
    positions[Int(moving.slot)] = Int32(truncatingIfNeeded: index)
  }

  /// Puts an element into the gap at `start`, or below it.
  private mutating func siftDown(_ moving: Element, from start: Int, positions: inout UniqueArray<Int32>) {
    let count = self.elements.count
    var index = start
    while true {
      var child = 2 * index + 1
      guard child < count else { break }
      if child + 1 < count, Element.precedes(self.elements[child + 1], self.elements[child]) { child += 1 }
      let below = self.elements[child]
      guard Element.precedes(below, moving) else { break }
      self.elements[index] = below
      positions[Int(below.slot)] = Int32(truncatingIfNeeded: index)
      index = child
    }
    self.elements[index] = moving
    positions[Int(moving.slot)] = Int32(truncatingIfNeeded: index)
  }
}
