/// A reading of the calendar clock, in milliseconds since 1970 UTC.
///
/// What must be remembered over a restart is told in this clock, because a monotonic one begins anew with the machine.
/// It can be set back; time that has passed is then 0 and never negative.
public struct WallTime: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// Milliseconds since 1970 UTC.
  public var milliseconds: UInt64

  /// Makes a reading.
  public init(milliseconds: UInt64) {
    self.milliseconds = milliseconds
  }

  /// The time so many milliseconds later, saturating.
  public func advanced(byMilliseconds milliseconds: UInt64) -> WallTime {
    WallTime(milliseconds: LatencyHistogram.saturatingSum(self.milliseconds, milliseconds))
  }

  /// Milliseconds from `earlier` to here; 0 if `earlier` is in fact later.
  public func milliseconds(since earlier: WallTime) -> UInt64 {
    self > earlier ? self.milliseconds - earlier.milliseconds : 0
  }

  /// Whether this reading is the earlier of the two.
  public static func < (left: WallTime, right: WallTime) -> Bool {
    left.milliseconds < right.milliseconds
  }
}
