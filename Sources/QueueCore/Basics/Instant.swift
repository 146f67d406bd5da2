/// A reading of a monotonic clock, in nanoseconds since an origin of the caller's choice.
///
/// The core never reads a clock: whoever drives it passes the reading in. Arithmetic saturates, so a far deadline
/// never wraps into the past.
public struct Instant: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// Nanoseconds since the origin.
  public var nanoseconds: UInt64

  /// Makes the reading that is this many nanoseconds after the origin.
  public init(nanoseconds: UInt64) {
    self.nanoseconds = nanoseconds
  }

  /// The origin of the clock.
  public static let zero = Instant(nanoseconds: 0)

  /// Later than any reading; stands for "no deadline".
  public static let distantFuture = Instant(nanoseconds: .max)

  /// The instant this many nanoseconds later, or `distantFuture` where that is past the end of the clock.
  public func advanced(byNanoseconds nanoseconds: UInt64) -> Instant {
    let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
    return overflow ? .distantFuture : Instant(nanoseconds: sum)
  }

  /// The instant this many microseconds later, saturating.
  public func advanced(byMicroseconds microseconds: UInt64) -> Instant {
    let (product, overflow) = microseconds.multipliedReportingOverflow(by: 1000)
    return overflow ? .distantFuture : self.advanced(byNanoseconds: product)
  }

  /// The instant this many milliseconds later, saturating.
  public func advanced(byMilliseconds milliseconds: UInt64) -> Instant {
    let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
    return overflow ? .distantFuture : self.advanced(byNanoseconds: product)
  }

  /// Microseconds from `earlier` to here; 0 if `earlier` is in fact later.
  public func microseconds(since earlier: Instant) -> UInt64 {
    self > earlier ? (self.nanoseconds - earlier.nanoseconds) / 1000 : 0
  }

  /// Milliseconds from `earlier` to here; 0 if `earlier` is in fact later.
  public func milliseconds(since earlier: Instant) -> UInt64 {
    self.microseconds(since: earlier) / 1000
  }

  /// Whether this reading is the earlier of the two.
  public static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}
