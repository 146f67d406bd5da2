import CLinux
import Glibc

/// Waits for any of many sockets or for an instant, at a cost that does not grow with the number of sockets, and to the
/// microsecond: a ``Poller`` asks every socket each time, and counts whole milliseconds.
@safe
public struct WakeSet: ~Copyable {
  private static let timerKey = UInt64.max

  private let set: Int32
  private let timer: Int32
  private var events = unsafe [epoll_event](repeating: epoll_event(), count: 256)

  /// Makes an empty set.
  ///
  /// - Throws: `ZMQError` if the process has no file descriptors left.
  public init() throws(ZMQError) {
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

  /// Adds a socket's descriptor (``Socket/fileDescriptor()``), which ``wait(untilNanoseconds:into:)`` will name by this
  /// index.
  ///
  /// - Throws: `ZMQError` if the kernel refuses it.
  public func add(_ descriptor: Int32, index: Int) throws(ZMQError) {
    guard Self.add(descriptor, key: UInt64(index), to: self.set) else { throw Self.error("epoll_ctl") }
  }

  /// Waits until something may have happened to a socket or a moment has come, and appends the indices of those
  /// sockets.
  ///
  /// - Parameters:
  ///   - deadline: The moment to wait for at most, in nanoseconds of ``MonotonicClock``; `nil` only looks.
  ///   - ready: Gets the indices of sockets that are to be received from until there is nothing.
  /// - Throws: `ZMQError` if the kernel refuses to wait.
  public mutating func wait(untilNanoseconds deadline: UInt64?, into ready: inout [Int]) throws(ZMQError) {
    if let deadline { self.setTimer(to: deadline) }
    let count = unsafe epoll_wait(self.set, &self.events, Int32(self.events.count), deadline == nil ? 0 : -1)
    guard count >= 0 || errno == EINTR else { throw Self.error("epoll_wait") }
    for index in 0..<max(0, Int(count)) where unsafe self.events[index].data.u64 != Self.timerKey {
      ready.append(Int(unsafe self.events[index].data.u64))
    }
  }

  /// Has the timer's descriptor be readable from then on; what it was set to before is forgotten.
  private func setTimer(to deadline: UInt64) {
    // All zero would switch it off.
    let nanoseconds = max(1, min(deadline, UInt64(Int64.max)))
    var setting = itimerspec()
    setting.it_value.tv_sec = Int(nanoseconds / 1_000_000_000)
    setting.it_value.tv_nsec = Int(nanoseconds % 1_000_000_000)
    unsafe timerfd_settime(self.timer, Int32(TFD_TIMER_ABSTIME), &setting, nil)
  }

  private static func add(_ descriptor: Int32, key: UInt64, to set: Int32) -> Bool {
    var event = unsafe epoll_event()
    unsafe event.events = EPOLLIN.rawValue
    unsafe event.data.u64 = key
    return unsafe epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event) == 0
  }

  private static func error(_ call: String) -> ZMQError {
    ZMQError(code: .init(rawValue: errno), call: call)
  }
}
