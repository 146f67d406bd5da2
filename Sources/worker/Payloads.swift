import QueueCore
import ZeroMQ

/// The parts behind the ``PayloadRef``s that the session moves about.
struct Payloads {
  private var slots: [[Frame]] = []
  private var free: [Int] = []

  /// Keeps parts and names them; no parts need no keeping.
  mutating func keep(_ parts: [Frame]) -> PayloadRef {
    guard !parts.isEmpty else { return .none }
    guard let slot = self.free.popLast() else {
      self.slots.append(parts)
      return PayloadRef(UInt64(self.slots.count - 1))
    }
    self.slots[slot] = parts
    return PayloadRef(UInt64(slot))
  }

  /// Gives the parts out and forgets them.
  mutating func take(_ payload: PayloadRef) -> [Frame] {
    guard payload != .none else { return [] }
    let slot = Int(payload.rawValue)
    let parts = self.slots[slot]
    precondition(!parts.isEmpty, "a payload is taken once")
    self.slots[slot] = []
    self.free.append(slot)
    return parts
  }

  /// Payloads that are kept.
  var count: Int { self.slots.count - self.free.count }
}
