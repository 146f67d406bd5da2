import QueueCore
import Synchronization
import ZeroMQ

/// Shows from outside whether the compute threads move, without asking them.
///
/// A worker whose heartbeats come but whose engine hangs must be told from an idle one: the I/O thread reads this for
/// each heartbeat, the compute threads write it around each engine call.
final class ComputeProgress: Sendable {
  private let steps = Atomic<UInt64>(0)
  /// When each thread's present engine call began; 0 outside of calls.
  private let beganAt: Mutex<[UInt64]>

  init(threads: Int) {
    self.beganAt = Mutex(Array(repeating: 0, count: threads))
  }

  /// A thread begins an engine call.
  func callBegins(thread: Int) {
    self.steps.wrappingAdd(1, ordering: .relaxed)
    self.beganAt.withLock { $0[thread] = MonotonicClock.nanoseconds }
  }

  /// A thread's engine call is over.
  func callEnds(thread: Int) {
    self.steps.wrappingAdd(1, ordering: .relaxed)
    self.beganAt.withLock { $0[thread] = 0 }
  }

  /// Moves with each engine call begun or ended.
  var stamp: UInt64 { self.steps.load(ordering: .relaxed) }

  /// How long the longest of the present engine calls has taken so far; 0 if none is going on.
  func busyMilliseconds(at now: Instant) -> UInt64 {
    let earliest = self.beganAt.withLock { $0.filter { $0 > 0 }.min() }
    return earliest.map { now.milliseconds(since: Instant(nanoseconds: $0)) } ?? 0
  }
}
