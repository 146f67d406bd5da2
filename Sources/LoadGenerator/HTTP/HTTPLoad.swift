import CLinux
import Glibc
import QueueCore
import Synchronization
import ZeroMQ

/// Load for a server of the Open Inference Protocol: a thread for each connection, one schedule for all.
///
/// A connection has one request at a time. When all are busy, what falls due waits for the first that gets free, and
/// its latency counts all the same from when it was due.
public struct HTTPLoad: Sendable {
  private static let exampleBytes = 200

  private let target: HTTPTarget
  private let bodies: [HTTPBody]
  private let plan: LoadPlan

  /// Prepares a load; requests take the payloads in turn, of which there is at least one.
  public init(_ target: HTTPTarget, payloads: [LoadPayload], plan: LoadPlan) {
    precondition(!payloads.isEmpty, "a request needs a payload")
    self.target = target
    self.bodies = payloads.map(HTTPBody.init)
    self.plan = plan
  }

  /// What all connections go by.
  private struct State {
    var pacer: LoadPacer
    var recorder: LoadRecorder
    var begun = 0
  }

  private final class Schedule: Sendable {
    let state: Mutex<State>

    init(_ plan: LoadPlan) {
      let pacer = LoadPacer(plan, from: HTTPLoad.now)
      self.state = Mutex(State(pacer: pacer, recorder: LoadRecorder(window: pacer.window)))
    }
  }

  private static var now: Instant { Instant(nanoseconds: MonotonicClock.nanoseconds) }

  /// Runs the plan, waits for all answers, and says what was recorded.
  ///
  /// Throws ``LoadError``, `system` if there is no room for so many threads.
  public func run() async throws(LoadError) -> LoadRecorder {
    let connections = try (0..<self.target.connections).map { (_) throws(LoadError) in
      try Connection(timeoutSeconds: self.target.timeoutSeconds)
    }
    let schedule = Schedule(self.plan)
    do {
      let threads = try connections.map { connection in
        try LoopThread(name: "augury-load", stackSize: 512 << 10) { self.drive(connection.value, by: schedule) }
      }
      for thread in threads { try await thread.value }
    } catch let error as ZMQError {
      throw .system(error, target: self.target.inferAddress)
    } catch {
      preconditionFailure("the threads throw nothing")
    }
    return schedule.state.withLock { state in
      state.recorder.addUnsent(state.pacer.takeUnsent())
      return state.recorder
    }
  }

  /// A connection on its way to its thread, which alone uses it.
  private struct Connection: @unchecked Sendable {
    let value: HTTPConnection

    init(timeoutSeconds: Double) throws(LoadError) {
      self.value = try HTTPConnection(timeoutSeconds: timeoutSeconds)
    }
  }

  private func drive(_ connection: HTTPConnection, by schedule: Schedule) {
    _ = clinux_set_timer_slack(1)
    while true {
      let ready = Self.now
      let taken = schedule.state.withLock { state -> (due: Instant, number: Int)? in
        // In an open loop it is this connection's from now on, though it may be due only later.
        guard let due = state.pacer.take(at: max(Self.now, state.pacer.nextDue)) else { return nil }
        state.begun += 1
        return (due, state.begun)
      }
      guard let taken else { return }
      Self.wait(until: taken.due)
      let sent = Self.now
      let answer = connection.post(
        self.bodies[taken.number % self.bodies.count], to: self.target.inferAddress, keeping: Self.exampleBytes)
      let ended = Self.now
      schedule.state.withLock { state in
        state.recorder.sent(due: taken.due, ready: ready, at: sent)
        Self.record(answer, due: taken.due, at: ended, in: &state.recorder)
        state.pacer.ended()
      }
    }
  }

  private static func record(
    _ answer: HTTPAnswer, due: Instant, at now: Instant, in recorder: inout LoadRecorder
  ) {
    switch answer.end {
    case .status(200...299):
      recorder.ended(due: due, at: now, as: .ok)
    case .status(let status):
      let refused = LoadOutcome.refused(code: "\(status)")
      recorder.ended(due: due, at: now, as: refused)
      if recorder.lacksExample(of: refused) { recorder.keepExample(HTTPEndpoint.short(answer.head), of: refused) }
    case .failed(let reason, let message):
      let failed = LoadOutcome.failed(reason: reason)
      recorder.ended(due: due, at: now, as: failed)
      recorder.keepExample(message, of: failed)
    }
  }

  private static func wait(until instant: Instant) {
    var time = timespec(
      tv_sec: Int(instant.nanoseconds / 1_000_000_000), tv_nsec: Int(instant.nanoseconds % 1_000_000_000))
    while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
  }
}
