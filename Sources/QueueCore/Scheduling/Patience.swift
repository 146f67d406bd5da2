/// Decides how long a loop looks for more before it sleeps.
///
/// Being woken takes a thread a few microseconds, and some tens on a virtual processor that the host has set aside
/// meanwhile. So as long as something has lately come soon, the loop looks for as long as that may take, and otherwise
/// hardly at all. Spinning as long as past waits let expect is what Karlin, Li, Manasse and Owicki found
/// best (*Empirical studies of competitive spinning for a shared-memory multiprocessor*, SOSP 1991).
public struct Patience: Sendable {
  /// How long it looks when what comes takes long: about what it costs to be woken.
  public static let shortNanoseconds: UInt64 = 10_000

  /// How long it looks when what comes usually comes within this time.
  public let longNanoseconds: UInt64
  /// The moving average of what waits took, each counted as at most eight times the long look.
  private var averageNanoseconds: UInt64

  /// Begins without an idea how soon something comes, and does not look for long.
  ///
  /// - Parameter longMicroseconds: How long to look at most; up to the short look makes every look that short.
  public init(longMicroseconds: UInt64) {
    self.longNanoseconds = max(longMicroseconds * 1000, Self.shortNanoseconds)
    self.averageNanoseconds = 8 * self.longNanoseconds
  }

  /// How long to look now.
  ///
  /// - Parameter sparesProcessors: Whether somebody has a better use for the processors, such as bulk work.
  public func lookNanoseconds(sparesProcessors: Bool) -> UInt64 {
    sparesProcessors || self.averageNanoseconds > self.longNanoseconds
      ? Self.shortNanoseconds : self.longNanoseconds
  }

  /// Something has come, so long after the wait began.
  ///
  /// - Parameter wasSetAside: Whether others needed the processor meanwhile. Looking is put off for some waits then.
  public mutating func waited(nanoseconds: UInt64, wasSetAside: Bool = false) {
    let most = 8 * self.longNanoseconds
    self.averageNanoseconds =
      wasSetAside ? most : (7 * self.averageNanoseconds + min(nanoseconds, most)) / 8
  }
}
