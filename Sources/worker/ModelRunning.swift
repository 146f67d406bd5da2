import QueueCore
import ZeroMQ

/// Answers requests with an engine. Each compute thread has one of its own.
protocol ModelRunning: AnyObject {
  /// Runs requests together as far as they fit; answers at least the first, and returns those it did not get to.
  ///
  /// What is wrong with one request is that request's answer and nobody else's.
  func runBatch(_ jobs: [ComputeJob], meter: inout EngineMeter) throws(ZMQError) -> BatchOutcome

  /// Prepares one request to be run alone, slice by slice.
  func beginSlices(of job: ComputeJob) -> any SlicedRun
}

/// What became of a batch.
struct BatchOutcome {
  /// The answers.
  var results: [ComputeResult] = []
  /// Requests for a later batch, in their order.
  var leftOver: [ComputeJob] = []
}

/// One request run alone, a fixed number of rows at a time.
protocol SlicedRun: AnyObject {
  /// Runs the next slice. False, without running anything, if there is none.
  func runSlice(meter: inout EngineMeter) -> Bool

  /// The answer, once there is no slice left.
  func finish(_ times: WorkTimes) throws(ZMQError) -> ComputeResult
}

extension SlicedRun {
  /// Runs all slices, one after the other.
  func runToEnd(queued: UInt32, meter: inout EngineMeter) throws(ZMQError) -> ComputeResult {
    let before = meter.totalMicroseconds
    while self.runSlice(meter: &meter) {}
    return try self.finish(WorkTimes(queued: queued, computed: meter.totalMicroseconds - before))
  }
}

/// Where a request's time in the worker went, in microseconds.
struct WorkTimes {
  /// Waiting for a compute thread.
  var queued: UInt32
  /// In the engine.
  var computed: UInt32

  init(queued: UInt32, computed: UInt64 = 0) {
    self.queued = queued
    self.computed = UInt32(clamping: computed)
  }
}
