import Glibc

/// A mutex and a condition variable on the monotonic clock, for threads that wait with a time limit.
///
/// The `Synchronization` module has no condition variable, and a task's waiting would not do: the waiters are threads.
final class Condition: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let variable: UnsafeMutablePointer<pthread_cond_t>

  init() {
    // On the heap: neither may move once it is in use.
    self.mutex = .allocate(capacity: 1)
    self.variable = .allocate(capacity: 1)
    self.mutex.initialize(to: pthread_mutex_t())
    self.variable.initialize(to: pthread_cond_t())
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_mutex_init(self.mutex, nil)
    pthread_cond_init(self.variable, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(self.variable)
    pthread_mutex_destroy(self.mutex)
    self.variable.deallocate()
    self.mutex.deallocate()
  }

  /// Runs `body` as the only one.
  func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
    pthread_mutex_lock(self.mutex)
    defer { pthread_mutex_unlock(self.mutex) }
    return try body()
  }

  /// Lets others have the lock until woken. Call it with the lock held; wake-ups without cause happen.
  func wait() {
    pthread_cond_wait(self.variable, self.mutex)
  }

  /// As ``wait()``, but for no longer than until this reading of the monotonic clock.
  func wait(untilNanoseconds deadline: UInt64) {
    let seconds = Int(clamping: deadline / 1_000_000_000)
    var time = timespec(tv_sec: seconds, tv_nsec: Int(deadline % 1_000_000_000))
    pthread_cond_timedwait(self.variable, self.mutex, &time)
  }

  /// Wakes one waiter.
  func signal() {
    pthread_cond_signal(self.variable)
  }

  /// Wakes all waiters.
  func broadcast() {
    pthread_cond_broadcast(self.variable)
  }
}
