import Inference
import QueueCore
import ZeroMQ

/// Wraps each run of the engine: tells the world that computing moves, lets it be stopped, and takes the time.
struct EngineMeter: ~Copyable {
  private let thread: Int
  private let progress: ComputeProgress
  /// Stops the present run. A new one once it has: most never do.
  private var control = RunControl()
  /// The runs since the last ``takeCalls()``.
  private var calls: [EngineCall] = []
  /// Microseconds of all runs so far.
  private(set) var totalMicroseconds: UInt64 = 0

  init(thread: Int, progress: ComputeProgress) {
    self.thread = thread
    self.progress = progress
  }

  /// Runs the engine for these requests; `body` hands the control on to the model.
  ///
  /// Throws what `body` throws, or ``CallStop`` if the run failed after it had been stopped.
  mutating func call<Output>(
    for requests: [WorkerSession.Ticket], _ body: (RunControl) throws -> Output
  ) throws -> Output {
    let start = MonotonicClock.nanoseconds
    self.progress.callBegins(thread: self.thread, control: self.control, for: requests)
    let outcome = Result { try body(self.control) }
    let stop = self.progress.callEnds(thread: self.thread)
    if stop != nil { self.control = RunControl() }
    let microseconds = (MonotonicClock.nanoseconds - start) / 1000
    self.calls.append(EngineCall(microseconds: microseconds))
    self.totalMicroseconds += microseconds
    if case .failure = outcome, let stop { throw stop }
    return try outcome.get()
  }

  /// Gives out the runs that have not been reported yet.
  mutating func takeCalls() -> [EngineCall] {
    defer { self.calls.removeAll(keepingCapacity: true) }
    return self.calls
  }
}
