import Inference
import QueueCore
import Synchronization
import ZeroMQ

/// The engine calls that are going on, at most one a compute thread: seen, and stopped, without asking the threads.
///
/// A worker whose heartbeats come but whose engine hangs must be told from an idle one: the leader looks here for
/// each heartbeat and stops what takes too long; the compute threads write it around each engine call. What a call
/// takes is its own time (``CallTime``): a thread that the machine has no processor for is not to blame.
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
    var time: CallTime
    /// When to look whether it is to be stopped, or, once it was for its length, whether it counts as hung.
    var lookAt: UInt64
    var control: RunControl
    /// The requests that somebody still waits for.
    var waiting: [WorkerSession.Ticket]
    var stop: CallStop?
    var isOverdue = false
  }

  private struct Thread {
    var isKnown = false
    var times: (any ThreadTimes)?
    /// What it had waited when it was last asked by itself.
    var waited: UInt64 = 0
    var askedAt: UInt64 = 0
    /// Its present engine call.
    var call: Call?
  }

  private let limits: Limits
  private let timesOfThisThread: @Sendable () -> (any ThreadTimes)?
  private let steps = Atomic<UInt64>(0)
  private let threads: Mutex<[Thread]>

  /// `timesOfThisThread` is called once by each thread; without times all that passes counts.
  init(
    threads: Int, limits: Limits = Limits(),
    timesOfThisThread: @escaping @Sendable () -> (any ThreadTimes)? = { SystemThreadTimes() }
  ) {
    self.limits = limits
    self.timesOfThisThread = timesOfThisThread
    self.threads = Mutex(Array(repeating: Thread(), count: threads))
  }

  // MARK: Compute threads

  /// A thread begins an engine call, which `control` stops, for these requests.
  func callBegins(thread: Int, control: RunControl, for requests: [WorkerSession.Ticket]) {
    self.steps.wrappingAdd(1, ordering: .relaxed)
    let now = MonotonicClock.nanoseconds
    self.threads.withLock { threads in
      self.askWhatItWaited(&threads[thread], at: now)
      threads[thread].call = Call(
        beganAt: now, time: CallTime(from: now, waitedBefore: threads[thread].waited),
        lookAt: self.limits.callNanoseconds.map { now + $0 } ?? .max, control: control, waiting: requests)
    }
  }

  /// Asking takes a microsecond, so it is not done for every call. What a thread has waited since it was asked then
  /// counts as waited in the call: a call may take so much longer before it is stopped, and none is stopped too soon.
  private func askWhatItWaited(_ thread: inout Thread, at now: UInt64) {
    guard let limit = self.limits.callNanoseconds else { return }
    if !thread.isKnown {
      thread.isKnown = true
      thread.times = self.timesOfThisThread()
    } else if now - thread.askedAt < limit / 100 {
      return
    }
    thread.askedAt = now
    thread.waited = thread.times?.waited() ?? 0
  }

  /// A thread's engine call is over. Why it was stopped, if it was.
  func callEnds(thread: Int) -> CallStop? {
    self.steps.wrappingAdd(1, ordering: .relaxed)
    return self.threads.withLock { $0[thread].call.take()?.stop }
  }

  // MARK: The leader

  /// Moves with each engine call begun or ended.
  var stamp: UInt64 { self.steps.load(ordering: .relaxed) }

  /// How long the longest of the present engine calls has taken so far; 0 if none is going on.
  func busyMilliseconds(at now: Instant) -> UInt64 {
    let earliest = self.threads.withLock { threads in threads.compactMap { $0.call?.beganAt }.min() }
    return earliest.map { now.milliseconds(since: Instant(nanoseconds: $0)) } ?? 0
  }

  /// Nobody waits for a request any more. A call for nothing but such requests is stopped.
  func giveUp(_ ticket: WorkerSession.Ticket) {
    self.threads.withLock { threads in
      for thread in threads.indices {
        guard var call = threads[thread].call, let index = call.waiting.firstIndex(of: ticket) else { continue }
        call.waiting.remove(at: index)
        if call.waiting.isEmpty, call.stop == nil {
          call.stop = .givenUp
          call.control.cancel()
        }
        threads[thread].call = call
      }
    }
  }

  /// Stops calls that have taken longer than they may. Returns how long one has taken that was stopped for its length
  /// and goes on beyond the grace; nil if there is none.
  func stopOverdue(at now: Instant) -> UInt64? {
    guard let limit = self.limits.callNanoseconds else { return nil }
    let hungSince = self.threads.withLock { threads in
      var hungSince: UInt64?
      for thread in threads.indices {
        guard var call = threads[thread].call, call.lookAt <= now.nanoseconds else { continue }
        let reading = threads[thread].times?.reading()
        if !self.hasTimeLeft(&call, limit, reading, at: now.nanoseconds) {
          if call.isOverdue {
            hungSince = min(hungSince ?? .max, call.beganAt)
          } else {
            self.stop(&call, .timedOut(limitNanoseconds: limit), waited: reading?.waited, at: now.nanoseconds)
          }
        }
        threads[thread].call = call
      }
      return hungSince
    }
    return hungSince.map { now.milliseconds(since: Instant(nanoseconds: $0)) }
  }

  /// Whether a call has not certainly taken all that it may; then it is looked at again.
  private func hasTimeLeft(_ call: inout Call, _ limit: UInt64, _ reading: ThreadReading?, at now: UInt64) -> Bool {
    let allowed = call.isOverdue ? self.limits.graceNanoseconds : limit
    let spent = call.time.spent(at: now, reading)
    guard spent.atLeast < allowed else { return false }
    let left = allowed - min(allowed, spent.atMost)
    call.lookAt = now + max(left, min(max(limit / 20, 1_000_000), 100_000_000))
    return true
  }

  /// Under the lock, so that it is this call that is stopped and not the thread's next one.
  private func stop(_ call: inout Call, _ stop: CallStop, waited: UInt64?, at now: UInt64) {
    call.isOverdue = true
    call.stop = call.stop ?? stop
    // From now: this process may have stood still itself.
    call.time = CallTime(from: now, waitedBefore: waited ?? 0)
    call.lookAt = now + self.limits.graceNanoseconds
    call.control.cancel()
  }

  /// When ``stopOverdue(at:)`` may next have something to do. No call that begins after `now` is due before that.
  func nextLook(at now: Instant) -> Instant {
    guard let limit = self.limits.callNanoseconds else { return .distantFuture }
    let next = self.threads.withLock { threads in threads.compactMap { $0.call?.lookAt }.min() } ?? .max
    return min(Instant(nanoseconds: next), now.advanced(byNanoseconds: limit))
  }
}

/// Why an engine call was stopped before its end.
enum CallStop: Error, Equatable {
  /// It took longer than `--call-timeout` allows, not counting what it waited for a processor.
  case timedOut(limitNanoseconds: UInt64)
  /// Nobody waits for any of its requests any more.
  case givenUp
}
