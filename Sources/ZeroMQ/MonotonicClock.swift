// The clock that every loop goes by.

import Glibc

/// The system's monotonic clock: never set back, not moved by changes of the date.
public enum MonotonicClock {
  /// Nanoseconds since an origin that stays the same while the system runs.
  public static var nanoseconds: UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
