import Glibc

/// How the system shares processors out among threads. There is no way back up without privileges, and a failure is no
/// error: a thread that is as urgent as others does its work all the same.
public enum ThreadPriority {
  /// Linux's scheduling policy for very low priority, which the C library's header shows to GNU programs only.
  private static let idlePolicy: Int32 = 5

  /// Makes the calling thread run on what others leave, and stop the moment one of them wakes up: under full load it
  /// gets a few thousandths of their share.
  public static func runOnWhatIsLeft() {
    var parameters = sched_param()
    _ = unsafe sched_setscheduler(0, Self.idlePolicy, &parameters)
  }
}

/// Keeps a thread that runs on what is left from running for long while others wait.
///
/// Linux gives such a thread its few thousandths in one piece, and may do so while others wait: it looks again at its
/// next tick, up to four milliseconds later, unless the thread asks it to.
public struct Courtesy {
  /// Asking costs a change of threads, if only to another such thread; a piece of this length is hardly felt.
  private static let nanoseconds: UInt64 = 200_000

  private var lastAt = MonotonicClock.nanoseconds

  /// Makes the courtesy of a thread that has just begun to run.
  public init() {}

  /// Lets go of the processor for others that wait, if the last time was long ago. To be called often.
  public mutating func letOthersRun() {
    let now = MonotonicClock.nanoseconds
    guard now - self.lastAt >= Self.nanoseconds else { return }
    sched_yield()
    self.lastAt = MonotonicClock.nanoseconds
  }
}
