import CLinux
import Glibc
import QueueCore
import ZeroMQ

/// Waits for any of many sockets or for an instant, at a cost that does not grow with the number of sockets, and to the
/// microsecond: `zmq_poll` asks every socket each time, and counts whole milliseconds.
struct WakeSet: ~Copyable {
  private static let timerKey = UInt64.max

  private let set: Int32
  private let timer: Int32
  private var events = [epoll_event](repeating: epoll_event(), count: 256)

  init() throws(ZMQError) {
    let set = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard set >= 0 else { throw Self.error("epoll_create1") }
    let timer = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC | TFD_NONBLOCK))
    guard timer >= 0, Self.add(timer, key: Self.timerKey, to: set) else {
      let error = Self.error("timerfd_create")
      close(set)
      throw error
    }
    self.set = set
    self.timer = timer
  }

  deinit {
    close(self.timer)
    close(self.set)
  }

  /// Adds a socket's descriptor, which ``wait(until:into:)`` will name by this index.
  func add(_ descriptor: Int32, index: Int) throws(ZMQError) {
    guard Self.add(descriptor, key: UInt64(index), to: self.set) else { throw Self.error("epoll_ctl") }
  }

  /// Waits until something may have happened to a socket or the instant has come, and appends the indices of those
  /// sockets; without an instant it only looks.
  mutating func wait(until instant: Instant?, into ready: inout [Int]) throws(ZMQError) {
    if let instant { self.setTimer(to: instant) }
    let count = epoll_wait(self.set, &self.events, Int32(self.events.count), instant == nil ? 0 : -1)
    guard count >= 0 || errno == EINTR else { throw Self.error("epoll_wait") }
    for index in 0..<max(0, Int(count)) where self.events[index].data.u64 != Self.timerKey {
      ready.append(Int(self.events[index].data.u64))
    }
  }

  /// Has the timer's descriptor be readable from then on; what it was set to before is forgotten.
  private func setTimer(to instant: Instant) {
    // All zero would switch it off.
    let nanoseconds = max(1, min(instant.nanoseconds, UInt64(Int64.max)))
    var setting = itimerspec()
    setting.it_value.tv_sec = Int(nanoseconds / 1_000_000_000)
    setting.it_value.tv_nsec = Int(nanoseconds % 1_000_000_000)
    timerfd_settime(self.timer, Int32(TFD_TIMER_ABSTIME), &setting, nil)
  }

  private static func add(_ descriptor: Int32, key: UInt64, to set: Int32) -> Bool {
    var event = epoll_event()
    event.events = EPOLLIN.rawValue
    event.data.u64 = key
    return epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event) == 0
  }

  private static func error(_ call: String) -> ZMQError {
    ZMQError(code: .init(rawValue: errno), call: call)
  }
}
