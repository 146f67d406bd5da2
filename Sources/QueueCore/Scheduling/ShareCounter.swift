/// Keeps a small share for the lower of two classes that are otherwise served strictly in order.
///
/// While both wait, one pick in `period` goes to the lower one, so that it is never starved.
struct ShareCounter: BitwiseCopyable {
  /// One pick in twenty: 5 %.
  static let period: UInt8 = 20

  private var picks: UInt8 = 0

  /// Whether the next pick is the lower class's. Call once a pick.
  mutating func picksLower(upperWaits: Bool, lowerWaits: Bool) -> Bool {
    guard upperWaits, lowerWaits else {
      self.picks = 0
      return lowerWaits
    }
    self.picks += 1
    guard self.picks == Self.period else { return false }
    self.picks = 0
    return true
  }
}
