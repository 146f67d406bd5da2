/// A client's requests that have not ended, by id and by deadline.
struct OutstandingTable: Sendable {
  struct Entry: Sendable, BitwiseCopyable {
    var id: RequestID
    /// When the client stops waiting; `distantFuture` for never.
    var deadline: Instant
    /// Whether the broker can be told to drop it: a request, not a control call.
    var isCancellable: Bool
  }

  private var entries: [Entry] = []
  private var freeSlots: [Int] = []
  private var slots: [RequestID: Int] = [:]
  private var deadlines = IndexedHeap()
  private var positions: [Int32] = []

  var count: Int { self.slots.count }

  /// The earliest deadline, or `distantFuture`.
  var nextDeadline: Instant { self.deadlines.first.map { Instant(nanoseconds: $0.major) } ?? .distantFuture }

  func contains(_ id: RequestID) -> Bool {
    self.slots[id] != nil
  }

  mutating func insert(_ entry: Entry) {
    let slot = self.freeSlots.popLast() ?? self.entries.count
    if slot == self.entries.count {
      self.entries.append(entry)
      self.positions.append(IndexedHeap.absent)
    } else {
      self.entries[slot] = entry
    }
    let previous = self.slots.updateValue(slot, forKey: entry.id)
    precondition(previous == nil, "a request id is used once")
    guard entry.deadline < .distantFuture else { return }
    let element = IndexedHeap.Element(
      major: entry.deadline.nanoseconds, minor: entry.id.rawValue, slot: Int32(slot))
    self.deadlines.insert(element, positions: &self.positions)
  }

  mutating func remove(_ id: RequestID) -> Entry? {
    guard let slot = self.slots.removeValue(forKey: id) else { return nil }
    if self.positions[slot] != IndexedHeap.absent { self.deadlines.remove(slot: slot, positions: &self.positions) }
    self.freeSlots.append(slot)
    return self.entries[slot]
  }

  /// Removes the request whose deadline is the earliest, if that has come.
  mutating func removeDue(at now: Instant) -> Entry? {
    guard let first = self.deadlines.first, first.major <= now.nanoseconds else { return nil }
    return self.remove(RequestID(first.minor))
  }

  /// The ids below a bound in the order in which they were made, whatever the order of the table.
  func ids(below bound: UInt64) -> [RequestID] {
    self.slots.keys.filter { $0.rawValue < bound }.sorted { $0.rawValue < $1.rawValue }
  }
}
