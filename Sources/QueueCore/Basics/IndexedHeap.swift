/// A binary min-heap of slots that can also be removed from its middle.
///
/// Where each slot stands is kept by the caller in an array indexed by slot, so that many heaps over one table share
/// one such array as long as a slot is in at most one of them. Keys are pairs, compared first by `major`, then by
/// `minor`. Insertion in key order costs O(1), all else O(log n).
struct IndexedHeap {
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

  private(set) var elements: [Element] = []

  var isEmpty: Bool { self.elements.isEmpty }
  var count: Int { self.elements.count }
  var first: Element? { self.elements.first }

  /// How many keys have at most this `major`, counted to `limit`. Costs as much as they are, not as much as the heap
  /// holds.
  func count(upTo major: UInt64, limit: Int) -> Int {
    var count = 0
    self.count(upTo: major, below: 0, limit: limit, into: &count)
    return count
  }

  /// Gives memory back if the heap is empty and has room for more than so many.
  mutating func shrink(to capacity: Int) {
    if self.elements.isEmpty, self.elements.capacity > capacity { self.elements = [] }
  }

  mutating func insert(_ element: Element, positions: inout [Int32]) {
    precondition(positions[Int(element.slot)] == Self.absent, "a slot stands in one heap at most")
    self.elements.append(element)
    self.siftUp(from: self.elements.count - 1, positions: &positions)
  }

  mutating func removeFirst(positions: inout [Int32]) -> Element {
    let first = self.elements[0]
    self.removeElement(at: 0, positions: &positions)
    return first
  }

  mutating func remove(slot: Int, positions: inout [Int32]) {
    let index = Int(positions[slot])
    precondition(index >= 0 && self.elements[index].slot == Int32(slot), "the slot stands in this heap")
    self.removeElement(at: index, positions: &positions)
  }

  /// Changes the key of a slot that is in the heap.
  mutating func update(_ element: Element, positions: inout [Int32]) {
    self.remove(slot: Int(element.slot), positions: &positions)
    self.insert(element, positions: &positions)
  }

  private func count(upTo major: UInt64, below index: Int, limit: Int, into count: inout Int) {
    guard count < limit, index < self.elements.count, self.elements[index].major <= major else { return }
    count += 1
    self.count(upTo: major, below: 2 * index + 1, limit: limit, into: &count)
    self.count(upTo: major, below: 2 * index + 2, limit: limit, into: &count)
  }

  private mutating func removeElement(at index: Int, positions: inout [Int32]) {
    positions[Int(self.elements[index].slot)] = Self.absent
    let last = self.elements.removeLast()
    guard index < self.elements.count else { return }
    self.elements[index] = last
    positions[Int(last.slot)] = Int32(index)
    self.siftDown(from: index, positions: &positions)
    self.siftUp(from: Int(positions[Int(last.slot)]), positions: &positions)
  }

  private mutating func siftUp(from start: Int, positions: inout [Int32]) {
    let moving = self.elements[start]
    var index = start
    while index > 0 {
      let parent = (index - 1) / 2
      guard Element.precedes(moving, self.elements[parent]) else { break }
      self.elements[index] = self.elements[parent]
      positions[Int(self.elements[index].slot)] = Int32(index)
      index = parent
    }
    self.elements[index] = moving
    positions[Int(moving.slot)] = Int32(index)
  }

  private mutating func siftDown(from start: Int, positions: inout [Int32]) {
    let moving = self.elements[start]
    var index = start
    while true {
      var child = 2 * index + 1
      guard child < self.elements.count else { break }
      if child + 1 < self.elements.count, Element.precedes(self.elements[child + 1], self.elements[child]) {
        child += 1
      }
      guard Element.precedes(self.elements[child], moving) else { break }
      self.elements[index] = self.elements[child]
      positions[Int(self.elements[index].slot)] = Int32(index)
      index = child
    }
    self.elements[index] = moving
    positions[Int(moving.slot)] = Int32(index)
  }
}
