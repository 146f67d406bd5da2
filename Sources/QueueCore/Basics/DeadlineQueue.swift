import BasicContainers

/// Slots by deadline: the earliest first, and of several the one that came first.
///
/// Callers mostly ask with one time-out or a few, so deadlines come almost sorted. They are kept in a few sorted runs,
/// linked lists to whose ends new ones are put, each to the run that ends least before it (patience sorting); so
/// coming and going costs the same however many there are. What fits no run goes into a heap, at O(log n).
struct DeadlineQueue: ~Copyable {
  struct Entry: BitwiseCopyable {
    var key = IndexedHeap.Element(major: 0, minor: 0, slot: DeadlineQueue.absent)
    var previous = DeadlineQueue.absent
    var next = DeadlineQueue.absent
    /// The run it is in, or one of the two below.
    var run = DeadlineQueue.absent
  }

  private static let runs = 4
  static let absent: Int32 = -1
  private static let inHeap: Int32 = -2

  /// By slot.
  private var entries = UniqueArray<Entry>()
  private var heads: InlineArray<4, Int32> = InlineArray(repeating: DeadlineQueue.absent)
  private var tails: InlineArray<4, Int32> = InlineArray(repeating: DeadlineQueue.absent)
  private var heap = IndexedHeap()
  private var heapPositions = UniqueArray<Int32>()

  private(set) var count = 0

  var isEmpty: Bool { self.count == 0 }

  /// The slot whose deadline is the earliest, with its key.
  var first: IndexedHeap.Element? {
    guard self.count > 0 else { return nil }
    var first = self.heap.first
    for run in 0..<Self.runs where self.heads[run] != Self.absent {
      let key = self.entries[Int(self.heads[run])].key
      if let known = first, IndexedHeap.Element.precedes(known, key) { continue }
      first = key
    }
    return first
  }

  func contains(_ slot: Int) -> Bool { slot < self.entries.count && self.entries[slot].run != Self.absent }

  mutating func insert(_ key: IndexedHeap.Element) {
    let slot = Int(key.slot)
    while self.entries.count <= slot {
      self.entries.append(Entry())
      self.heapPositions.append(IndexedHeap.absent)
    }
    precondition(self.entries[slot].run == Self.absent, "a slot has one deadline")
    self.count += 1
    guard let run = self.run(for: key) else {
      self.entries[slot] = Entry(key: key, run: Self.inHeap)
      self.heap.insert(key, positions: &self.heapPositions)
      return
    }
    let tail = self.tails[run]
    self.entries[slot] = Entry(key: key, previous: tail, run: Int32(truncatingIfNeeded: run))
    self.tails[run] = key.slot
    if tail == Self.absent {
      self.heads[run] = key.slot
    } else {
      self.entries[Int(tail)].next = key.slot
    }
  }

  mutating func remove(_ slot: Int) {
    let entry = self.entries[slot]
    precondition(entry.run != Self.absent, "the slot has a deadline")
    self.entries[slot].run = Self.absent
    self.count -= 1
    guard entry.run != Self.inHeap else { return self.heap.remove(slot: slot, positions: &self.heapPositions) }
    if entry.previous == Self.absent {
      self.heads[Int(entry.run)] = entry.next
    } else {
      self.entries[Int(entry.previous)].next = entry.next
    }
    if entry.next == Self.absent {
      self.tails[Int(entry.run)] = entry.previous
    } else {
      self.entries[Int(entry.next)].previous = entry.previous
    }
  }

  /// The run whose end is the latest of those that are before this key; else an empty one; nil if there is neither.
  private func run(for key: IndexedHeap.Element) -> Int? {
    var best: Int?
    var latest = IndexedHeap.Element(major: 0, minor: 0, slot: Self.absent)
    var empty: Int?
    for run in 0..<Self.runs {
      guard self.tails[run] != Self.absent else {
        if empty == nil { empty = run }
        continue
      }
      let end = self.entries[Int(self.tails[run])].key
      guard !IndexedHeap.Element.precedes(key, end), !IndexedHeap.Element.precedes(end, latest) else { continue }
      best = run
      latest = end
    }
    return best ?? empty
  }
}
