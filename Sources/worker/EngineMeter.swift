import QueueCore
import ZeroMQ

/// Wraps each run of the engine: tells the world that computing moves, and takes the time.
struct EngineMeter: ~Copyable {
  private let thread: Int
  private let progress: ComputeProgress
  /// The runs since the last ``takeCalls()``.
  private var calls: [EngineCall] = []
  /// Microseconds of all runs so far.
  private(set) var totalMicroseconds: UInt64 = 0

  init(thread: Int, progress: ComputeProgress) {
    self.thread = thread
    self.progress = progress
  }

  /// Runs the engine.
  mutating func call<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let start = MonotonicClock.nanoseconds
    self.progress.callBegins(thread: self.thread)
    defer {
      self.progress.callEnds(thread: self.thread)
      let microseconds = (MonotonicClock.nanoseconds - start) / 1000
      self.calls.append(EngineCall(microseconds: microseconds))
      self.totalMicroseconds += microseconds
    }
    return try body()
  }

  /// Gives out the runs that have not been reported yet.
  mutating func takeCalls() -> [EngineCall] {
    defer { self.calls.removeAll(keepingCapacity: true) }
    return self.calls
  }
}
