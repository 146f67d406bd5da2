import CTimer
import Glibc
import QueueCore
import ZeroMQ

/// A file descriptor that becomes readable at an instant of the monotonic clock, to the microsecond: `zmq_poll` counts
/// whole milliseconds, too coarse for requests that are due.
struct WakeTimer: ~Copyable {
  let fileDescriptor: Int32

  init() throws(ZMQError) {
    self.fileDescriptor = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC | TFD_NONBLOCK))
    guard self.fileDescriptor >= 0 else { throw ZMQError(code: .init(rawValue: errno), call: "timerfd_create") }
  }

  deinit { close(self.fileDescriptor) }

  /// Has it become readable then, and not before; what it was set to is forgotten.
  func set(to instant: Instant) {
    // All zero would switch it off.
    let nanoseconds = max(1, min(instant.nanoseconds, UInt64(Int64.max)))
    var setting = itimerspec()
    setting.it_value.tv_sec = Int(nanoseconds / 1_000_000_000)
    setting.it_value.tv_nsec = Int(nanoseconds % 1_000_000_000)
    timerfd_settime(self.fileDescriptor, Int32(TFD_TIMER_ABSTIME), &setting, nil)
  }
}
