import Glibc

/// A sleep that another thread can end.
final class InterruptibleSleep: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let woken: UnsafeMutablePointer<pthread_cond_t>
  private var isOver = false

  private init() {
    // On the heap: neither may move once it is in use.
    self.mutex = .allocate(capacity: 1)
    self.woken = .allocate(capacity: 1)
    self.mutex.initialize(to: pthread_mutex_t())
    self.woken.initialize(to: pthread_cond_t())
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_mutex_init(self.mutex, nil)
    pthread_cond_init(self.woken, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(self.woken)
    pthread_mutex_destroy(self.mutex)
    self.woken.deallocate()
    self.mutex.deallocate()
  }

  /// Blocks the calling thread for so long, or until the control is cancelled.
  static func lasting(_ duration: Duration, until control: RunControl?) {
    let sleep = InterruptibleSleep()
    let end = sleep.end(after: duration)
    control?.begin { sleep.wake() }
    sleep.wait(until: end)
    control?.finish()
  }

  private func end(after duration: Duration) -> timespec {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let parts = duration.components
    let nanoseconds = time.tv_nsec + Int(parts.attoseconds / 1_000_000_000)
    time.tv_sec += Int(parts.seconds) + nanoseconds / 1_000_000_000
    time.tv_nsec = nanoseconds % 1_000_000_000
    return time
  }

  private func wait(until end: timespec) {
    var end = end
    pthread_mutex_lock(self.mutex)
    while !self.isOver, pthread_cond_timedwait(self.woken, self.mutex, &end) != ETIMEDOUT {}
    pthread_mutex_unlock(self.mutex)
  }

  private func wake() {
    pthread_mutex_lock(self.mutex)
    self.isOver = true
    pthread_cond_signal(self.woken)
    pthread_mutex_unlock(self.mutex)
  }
}
