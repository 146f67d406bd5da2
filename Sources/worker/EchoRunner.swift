import Inference
import QueueCore
import Tensors
import ZeroMQ

/// Answers requests with the built-in echo: the prediction is the content itself, untouched.
///
/// Nobody looks into the content, with one exception: JSON Lines are cut into rows, for their reply has a form.
final class EchoRunner: ModelRunning {
  private let model: EchoModel
  private let maxBatchSize: Int

  /// JSON Lines run in slices of `maxBatchSize` rows.
  init(model: EchoModel, maxBatchSize: Int) {
    self.model = model
    self.maxBatchSize = maxBatchSize
  }

  func runBatch(_ jobs: [ComputeJob], meter: inout EngineMeter) throws(ZMQError) -> BatchOutcome {
    var outcome = BatchOutcome()
    let whole = jobs.filter { $0.work.contentType != .jsonLines }
    if !whole.isEmpty {
      let queued = whole.map(\.queueMicroseconds)
      let before = meter.totalMicroseconds
      self.call(whole.flatMap(\.parts), meter: &meter)
      let computed = meter.totalMicroseconds - before
      for (job, queued) in zip(whole, queued) {
        outcome.results.append(job.success(job.parts, rows: 1, WorkTimes(queued: queued, computed: computed)))
      }
    }
    for job in jobs where job.work.contentType == .jsonLines {
      let run = self.beginSlices(of: job)
      outcome.results.append(try run.runToEnd(queued: job.queueMicroseconds, meter: &meter))
    }
    return outcome
  }

  func beginSlices(of job: ComputeJob) -> any SlicedRun {
    guard job.work.contentType == .jsonLines else { return EchoRun(job, self) }
    guard job.parts.count == 1 else {
      return RefusedRun(job, .wrongParts(job.parts.count, expected: "1, the lines"))
    }
    return EchoLinesRun(job, self, sliceRows: self.maxBatchSize)
  }

  /// What this engine calls computing. An echo that fails is a fault of nobody's: it was not told to.
  fileprivate func call(_ parts: [Frame], meter: inout EngineMeter) {
    let payload = self.model.options.crashOn.isEmpty ? [] : parts.map { TensorBuffer(FrameBytes($0)) }
    meter.call { try? self.model.process(payload) }
  }
}

/// One request echoed alone, at once.
private final class EchoRun: SlicedRun {
  private let job: ComputeJob
  private let runner: EchoRunner
  private var isDone = false

  init(_ job: ComputeJob, _ runner: EchoRunner) {
    self.job = job
    self.runner = runner
  }

  func runSlice(meter: inout EngineMeter) -> Bool {
    guard !self.isDone else { return false }
    self.isDone = true
    self.runner.call(self.job.parts, meter: &meter)
    return true
  }

  func finish(_ times: WorkTimes) throws(ZMQError) -> ComputeResult {
    self.job.success(self.job.parts, rows: 1, times)
  }
}

/// JSON Lines echoed row by row, in slices.
private final class EchoLinesRun: SlicedRun {
  private let job: ComputeJob
  private let runner: EchoRunner
  private let sliceRows: Int
  private var lines = LineCutter()
  private var output: [UInt8] = []
  private var rows = 0

  init(_ job: ComputeJob, _ runner: EchoRunner, sliceRows: Int) {
    self.job = job
    self.runner = runner
    self.sliceRows = sliceRows
  }

  func runSlice(meter: inout EngineMeter) -> Bool {
    let content = self.job.parts[0]
    var taken = 0
    while taken < self.sliceRows, let line = self.lines.next(in: content.bytes) {
      content.withUnsafeBytes { self.output.append(contentsOf: $0[line]) }
      self.output.append(UInt8(ascii: "\n"))
      taken += 1
    }
    guard taken > 0 else { return false }
    // It is the content that kills, not a row: once is enough.
    self.runner.call(self.rows == 0 ? self.job.parts : [], meter: &meter)
    self.rows += taken
    return true
  }

  func finish(_ times: WorkTimes) throws(ZMQError) -> ComputeResult {
    let parts = [try Frame(copying: self.output.span.bytes), try Frame(copying: RawSpan())]
    return self.job.success(parts, rows: self.rows, times)
  }
}
