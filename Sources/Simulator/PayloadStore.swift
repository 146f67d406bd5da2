import QueueCore

/// The payloads that one process keeps, by handles that are never good for two payloads.
struct PayloadStore {
  private struct Slot {
    var generation: UInt64 = 0
    var parts: Message?
  }

  private var slots: [Slot] = []
  private var free: [Int] = []

  /// How many payloads are kept.
  var count: Int { self.slots.count - self.free.count }

  /// Keeps a payload; one without parts has no handle.
  mutating func keep(_ parts: Message) -> PayloadRef {
    guard !parts.isEmpty else { return .none }
    let index = self.free.popLast() ?? self.slots.count
    if index == self.slots.count { self.slots.append(Slot()) }
    self.slots[index].parts = parts
    return PayloadRef(self.slots[index].generation << 32 | UInt64(index))
  }

  /// The payload, or nil if it has been released.
  func parts(of reference: PayloadRef) -> Message? {
    reference == .none ? [] : self.index(of: reference).flatMap { self.slots[$0].parts }
  }

  /// Lets a payload go. False if that has happened before.
  mutating func release(_ reference: PayloadRef) -> Bool {
    guard let index = self.index(of: reference) else { return false }
    self.slots[index].parts = nil
    self.slots[index].generation += 1
    self.free.append(index)
    return true
  }

  private func index(of reference: PayloadRef) -> Int? {
    let index = Int(truncatingIfNeeded: reference.rawValue & 0xFFFF_FFFF)
    guard reference != .none, index < self.slots.count, self.slots[index].parts != nil,
      self.slots[index].generation == reference.rawValue >> 32
    else { return nil }
    return index
  }
}
