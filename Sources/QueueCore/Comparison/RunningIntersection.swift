/// The intersection of all intervals of a confidence sequence that have been looked at.
///
/// All intervals of a sequence hold the truth together with the stated probability, so their intersection does too: it
/// only gets narrower, and a verdict once found stays. That needs a truth that stands still. If two intervals have
/// nothing in common, it has moved (or the rare event has come about that the sequence allows for): this is counted,
/// and the intersection begins again with the newer interval, without a guarantee that spans both.
public struct RunningIntersection: Hashable, Sendable, Codable {
  /// The intersection; nil before the first look.
  public private(set) var interval: Interval?
  /// Times that the next interval had nothing in common with those before.
  public private(set) var contradictions: UInt64 = 0

  /// Has seen nothing.
  public init() {}

  /// Takes in the next interval and returns the intersection.
  public mutating func narrow(to next: Interval) -> Interval {
    guard let known = self.interval else {
      self.interval = next
      return next
    }
    if let common = known.intersection(next) {
      self.interval = common
      return common
    }
    self.contradictions = LatencyHistogram.saturatingSum(self.contradictions, 1)
    self.interval = next
    return next
  }
}
