import BasicContainers

/// A client's requests that have not ended, by id and by deadline.
struct OutstandingTable: ~Copyable {
  struct Entry: Sendable, BitwiseCopyable {
    /// Not 0, which stands in places that are free.
    var id: RequestID
    /// When the client stops waiting; `distantFuture` for never.
    var deadline: Instant
    /// Whether the broker can be told to drop it: a request, not a control call.
    var isCancellable: Bool
  }

  private var entries = UniqueArray<Entry>()
  private var freeSlots = UniqueArray<Int32>()
  private var slots = FlatTable()
  private var deadlines = DeadlineQueue()

  var count: Int { self.slots.count }

  /// The earliest deadline, or `distantFuture`.
  var nextDeadline: Instant { self.deadlines.first.map { Instant(nanoseconds: $0.major) } ?? .distantFuture }

  func contains(_ id: RequestID) -> Bool { self.slots[id.rawValue] != nil }

  mutating func insert(_ entry: Entry) {
    precondition(entry.id.rawValue != 0 && !self.contains(entry.id), "a request id is used once")
    let slot: Int
    if let free = self.freeSlots.popLast() {
      slot = Int(free)
      self.entries[slot] = entry
    } else {
      slot = self.entries.count
      self.entries.append(entry)
    }
    self.slots[entry.id.rawValue] = slot
    guard entry.deadline < .distantFuture else { return }
    self.deadlines.insert(
      IndexedHeap.Element(
        major: entry.deadline.nanoseconds, minor: entry.id.rawValue, slot: Int32(truncatingIfNeeded: slot)))
  }

  mutating func remove(_ id: RequestID) -> Entry? {
    guard let slot = self.slots[id.rawValue] else { return nil }
    let entry = self.entries[slot]
    self.slots[id.rawValue] = nil
    if self.deadlines.contains(slot) { self.deadlines.remove(slot) }
    self.entries[slot].id = RequestID(0)
    self.freeSlots.append(Int32(truncatingIfNeeded: slot))
    return entry
  }

  /// Removes the request whose deadline is the earliest, if that has come.
  mutating func removeDue(at now: Instant) -> Entry? {
    guard let first = self.deadlines.first, first.major <= now.nanoseconds else { return nil }
    return self.remove(RequestID(first.minor))
  }

  /// The ids below a bound in the order in which they were made, whatever the order of the table.
  func ids(below bound: UInt64) -> [RequestID] {
    var ids: [RequestID] = []
    for slot in 0..<self.entries.count {
      let id = self.entries[slot].id
      if id.rawValue != 0, id.rawValue < bound { ids.append(id) }
    }
    return ids.sorted { $0.rawValue < $1.rawValue }
  }
}
