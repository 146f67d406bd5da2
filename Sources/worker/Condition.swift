import Glibc
import QueueCore

/// A mutex and condition variables on the monotonic clock, one for each lane, for threads that wait with a time limit.
/// Who does not care for lanes is with the interactive one.
///
/// The `Synchronization` module has no condition variable, and a task's waiting would not do: the waiters are threads.
final class Condition: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let variables: UnsafeMutablePointer<pthread_cond_t>
  private static let lanes = 2

  init() {
    // On the heap: neither may move once it is in use.
    self.mutex = .allocate(capacity: 1)
    self.variables = .allocate(capacity: Self.lanes)
    self.mutex.initialize(to: pthread_mutex_t())
    self.variables.initialize(repeating: pthread_cond_t(), count: Self.lanes)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_mutex_init(self.mutex, nil)
    for lane in 0..<Self.lanes { pthread_cond_init(self.variables + lane, &attributes) }
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    for lane in 0..<Self.lanes { pthread_cond_destroy(self.variables + lane) }
    pthread_mutex_destroy(self.mutex)
    self.variables.deallocate()
    self.mutex.deallocate()
  }

  /// Runs `body` as the only one.
  func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
    pthread_mutex_lock(self.mutex)
    defer { pthread_mutex_unlock(self.mutex) }
    return try body()
  }

  /// Lets others have the lock until woken. Call it with the lock held; wake-ups without cause happen.
  func wait(_ lane: Lane = .interactive) {
    pthread_cond_wait(self.variable(lane), self.mutex)
  }

  /// As ``wait(_:)``, but for no longer than until this reading of the monotonic clock.
  func wait(_ lane: Lane = .interactive, untilNanoseconds deadline: UInt64) {
    let seconds = Int(clamping: deadline / 1_000_000_000)
    var time = timespec(tv_sec: seconds, tv_nsec: Int(deadline % 1_000_000_000))
    pthread_cond_timedwait(self.variable(lane), self.mutex, &time)
  }

  /// Wakes one waiter of a lane.
  func signal(_ lane: Lane = .interactive) {
    pthread_cond_signal(self.variable(lane))
  }

  /// Wakes all waiters.
  func broadcast() {
    for lane in 0..<Self.lanes { pthread_cond_broadcast(self.variables + lane) }
  }

  private func variable(_ lane: Lane) -> UnsafeMutablePointer<pthread_cond_t> {
    self.variables + (lane == .interactive ? 0 : 1)
  }
}
