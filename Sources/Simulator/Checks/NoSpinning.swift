import QueueCore

/// Having done what was due, the broker does not ask to be woken at once for nothing, over and over.
struct NoSpinning: Check {
  private static let patience = 3
  private var wakings = 0

  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .told(let event, _):
      if case .turnEnded = event { return nil }
      self.wakings = 0
      return nil
    case .slept(let look):
      self.wakings = look.nextDeadline <= look.now ? self.wakings + 1 : 0
      guard self.wakings > Self.patience else { return nil }
      return "the broker has nothing to do and wants to be woken at a time that has passed"
    default:
      return nil
    }
  }
}
