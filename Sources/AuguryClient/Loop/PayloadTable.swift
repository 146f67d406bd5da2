import QueueCore
import ZeroMQ

/// The payloads that the session knows as references.
struct PayloadTable {
  private var slots: [[Frame]] = []
  private var free: [Int] = []

  /// Payloads that are kept.
  var count: Int { self.slots.count - self.free.count }

  mutating func store(_ frames: [Frame]) -> PayloadRef {
    guard !frames.isEmpty else { return .none }
    if let slot = self.free.popLast() {
      self.slots[slot] = frames
      return PayloadRef(UInt64(slot))
    }
    self.slots.append(frames)
    return PayloadRef(UInt64(self.slots.count - 1))
  }

  mutating func take(_ payload: PayloadRef) -> [Frame] {
    guard payload != .none else { return [] }
    let slot = Int(payload.rawValue)
    precondition(!self.slots[slot].isEmpty, "a payload goes one way, once")
    defer {
      self.slots[slot] = []
      self.free.append(slot)
    }
    return self.slots[slot]
  }
}
