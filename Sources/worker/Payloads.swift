import QueueCore
import ZeroMQ

/// The parts behind the ``PayloadRef``s that the session moves about.
struct Payloads {
  /// The parts of a payload.
  struct Parts {
    /// The first ones.
    var frames: [Frame]
    /// Those behind them.
    var rawRows: RawRows?

    /// How many there are.
    var count: Int { self.frames.count + (self.rawRows?.outputs.count ?? 0) }
  }

  private static let none = Parts(frames: [])
  private var slots: [Parts] = []
  private var free: [Int] = []

  /// Keeps parts and names them; no parts need no keeping.
  mutating func keep(_ frames: [Frame], followedBy rawRows: RawRows? = nil) -> PayloadRef {
    let parts = Parts(frames: frames, rawRows: rawRows)
    guard parts.count > 0 else { return .none }
    guard let slot = self.free.popLast() else {
      self.slots.append(parts)
      return PayloadRef(UInt64(self.slots.count - 1))
    }
    self.slots[slot] = parts
    return PayloadRef(UInt64(slot))
  }

  /// Gives the parts out and forgets them.
  mutating func take(_ payload: PayloadRef) -> Parts {
    guard payload != .none else { return Self.none }
    let slot = Int(payload.rawValue)
    let parts = self.slots[slot]
    precondition(parts.count > 0, "a payload is taken once")
    self.slots[slot] = Self.none
    self.free.append(slot)
    return parts
  }

  /// Payloads that are kept.
  var count: Int { self.slots.count - self.free.count }
}
