/// Decides how long a loop looks for more work before it sleeps.
///
/// Being woken takes a thread a few microseconds, and some tens on a virtual processor that the host has set aside
/// meanwhile. So as long as work has lately come soon, the loop looks for as long as that may take, and otherwise
/// hardly at all. Spinning as long as past waits let expect is what Karlin, Li, Manasse and Owicki found best
/// (*Empirical studies of competitive spinning for a shared-memory multiprocessor*, SOSP 1991).
public struct Patience: Sendable {
  /// How long it looks when work takes long to come: about what it costs to be woken.
  public static let shortNanoseconds: UInt64 = 10_000

  /// How long it looks when work usually comes within this time.
  public let longNanoseconds: UInt64
  /// The moving average of the waits for work, each counted as at most eight times the long look.
  private var averageNanoseconds: UInt64
  /// How long the present wait has been going on; what is no work, such as a heartbeat, does not end it.
  private var waitNanoseconds: UInt64 = 0

  /// Begins without an idea how soon work comes, and does not look for long.
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
    let comesSoon = max(self.averageNanoseconds, self.waitNanoseconds) <= self.longNanoseconds
    return comesSoon && !sparesProcessors ? self.longNanoseconds : Self.shortNanoseconds
  }

  /// The loop has looked and slept for so long, and something has come.
  ///
  /// - Parameter wasSetAside: Whether others needed the processor meanwhile. Looking is put off for some waits then.
  public mutating func waited(nanoseconds: UInt64, wasSetAside: Bool = false) {
    self.waitNanoseconds = min(self.waitNanoseconds + min(nanoseconds, self.mostNanoseconds), self.mostNanoseconds)
    if wasSetAside { self.averageNanoseconds = self.mostNanoseconds }
  }

  /// What has come is work. Without a wait before it, it says nothing.
  public mutating func workCame() {
    guard self.waitNanoseconds > 0 else { return }
    self.averageNanoseconds = (7 * self.averageNanoseconds + self.waitNanoseconds) / 8
    self.waitNanoseconds = 0
  }

  private var mostNanoseconds: UInt64 { 8 * self.longNanoseconds }
}
