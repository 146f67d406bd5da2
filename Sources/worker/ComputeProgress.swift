import Inference
import QueueCore
import Synchronization
import ZeroMQ

/// The engine calls that are going on, at most one a compute thread: seen, and stopped, without asking the threads.
///
/// A worker whose heartbeats come but whose engine hangs must be told from an idle one: the I/O thread looks here for
/// each heartbeat and stops what takes too long; the compute threads write it around each engine call.
final class ComputeProgress: Sendable {
  /// How long an engine call may take.
  struct Limits: Sendable {
    /// After so many nanoseconds a call is stopped; nil for never.
    var callNanoseconds: UInt64?
    /// A call that has been stopped ends within so many nanoseconds, or it never will.
    var graceNanoseconds: UInt64 = 0
  }

  private struct Call {
    var beganAt: UInt64
    /// When it is to be stopped; once it was for its length, when it counts as hung.
    var dueAt: UInt64
    var control: RunControl
    /// The requests that somebody still waits for.
    var waiting: [WorkerSession.Ticket]
    var stop: CallStop?
    var isOverdue = false
  }

  private let limits: Limits
  private let steps = Atomic<UInt64>(0)
  /// Each thread's present engine call.
  private let calls: Mutex<[Call?]>

  init(threads: Int, limits: Limits = Limits()) {
    self.limits = limits
    self.calls = Mutex(Array(repeating: nil, count: threads))
  }

  // MARK: Compute threads

  /// A thread begins an engine call, which `control` stops, for these requests.
  func callBegins(thread: Int, control: RunControl, for requests: [WorkerSession.Ticket]) {
    self.steps.wrappingAdd(1, ordering: .relaxed)
    let now = MonotonicClock.nanoseconds
    let due = self.limits.callNanoseconds.map { now + $0 } ?? .max
    self.calls.withLock {
      $0[thread] = Call(beganAt: now, dueAt: due, control: control, waiting: requests)
    }
  }

  /// A thread's engine call is over. Why it was stopped, if it was.
  func callEnds(thread: Int) -> CallStop? {
    self.steps.wrappingAdd(1, ordering: .relaxed)
    return self.calls.withLock { $0[thread].take()?.stop }
  }

  // MARK: The I/O thread

  /// Moves with each engine call begun or ended.
  var stamp: UInt64 { self.steps.load(ordering: .relaxed) }

  /// How long the longest of the present engine calls has taken so far; 0 if none is going on.
  func busyMilliseconds(at now: Instant) -> UInt64 {
    let earliest = self.calls.withLock { calls in calls.compactMap { $0?.beganAt }.min() }
    return earliest.map { now.milliseconds(since: Instant(nanoseconds: $0)) } ?? 0
  }

  /// Nobody waits for a request any more. A call for nothing but such requests is stopped.
  func giveUp(_ ticket: WorkerSession.Ticket) {
    self.calls.withLock { calls in
      for thread in calls.indices {
        guard var call = calls[thread], let index = call.waiting.firstIndex(of: ticket) else { continue }
        call.waiting.remove(at: index)
        if call.waiting.isEmpty, call.stop == nil {
          call.stop = .givenUp
          call.control.cancel()
        }
        calls[thread] = call
      }
    }
  }

  /// Stops calls that have taken longer than they may. Returns how long one has taken that was stopped for its length
  /// and goes on beyond the grace; nil if there is none.
  func stopOverdue(at now: Instant) -> UInt64? {
    guard let limit = self.limits.callNanoseconds else { return nil }
    return self.calls.withLock { calls in
      var hungSince: UInt64?
      for thread in calls.indices {
        guard var call = calls[thread], call.dueAt <= now.nanoseconds else { continue }
        if call.isOverdue {
          hungSince = min(hungSince ?? .max, call.beganAt)
          continue
        }
        call.isOverdue = true
        call.stop = call.stop ?? .timedOut(limitNanoseconds: limit)
        // From now: this process may have stood still itself.
        call.dueAt = now.nanoseconds + self.limits.graceNanoseconds
        // Under the lock, so that it is this call that is stopped and not the thread's next one.
        call.control.cancel()
        calls[thread] = call
      }
      return hungSince.map { now.milliseconds(since: Instant(nanoseconds: $0)) }
    }
  }

  /// When ``stopOverdue(at:)`` may next have something to do. No call that begins after `now` is due before that.
  func nextLook(at now: Instant) -> Instant {
    guard let limit = self.limits.callNanoseconds else { return .distantFuture }
    let due = self.calls.withLock { calls in calls.compactMap { $0?.dueAt }.min() } ?? .max
    return min(Instant(nanoseconds: due), now.advanced(byNanoseconds: limit))
  }
}

/// Why an engine call was stopped before its end.
enum CallStop: Error, Equatable {
  /// It took longer than `--call-timeout` allows.
  case timedOut(limitNanoseconds: UInt64)
  /// Nobody waits for any of its requests any more.
  case givenUp
}
