import Glibc

/// How the system shares processors out among threads. There is no way back up without privileges, and a failure is no
/// error: a thread that is as urgent as others does its work all the same.
public enum ThreadPriority {
  /// Linux's scheduling policy for very low priority, which the C library's header shows to GNU programs only.
  private static let idlePolicy: Int32 = 5

  /// Lets others go first: under full load the calling thread gets about a hundredth of their share.
  public static func giveWay() {
    // Of the calling thread alone, on Linux.
    _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
  }

  /// Makes the calling thread run on what others leave, and stop the moment one of them wakes up: under full load it
  /// gets a few thousandths of their share.
  public static func runOnWhatIsLeft() {
    var parameters = sched_param()
    _ = unsafe sched_setscheduler(0, Self.idlePolicy, &parameters)
  }
}
