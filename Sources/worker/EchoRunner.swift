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

  /// A request of a batch.
  private struct Member {
    var job: ComputeJob
    var queued: UInt32
  }

  /// JSON Lines run in slices of `maxBatchSize` rows.
  init(model: EchoModel, maxBatchSize: Int) {
    self.model = model
    self.maxBatchSize = maxBatchSize
  }

  func runBatch(_ jobs: [ComputeJob], meter: inout EngineMeter) throws(ZMQError) -> BatchOutcome {
    var outcome = BatchOutcome()
    let whole = jobs.filter { $0.work.contentType != .jsonLines }
    let members = whole.map { Member(job: $0, queued: $0.queueMicroseconds) }
    outcome.results = try self.run(members.filter { !$0.job.isRetry }[...], meter: &meter)
    for member in members where member.job.isRetry { outcome.results += try self.run([member], meter: &meter) }
    for job in jobs where job.work.contentType == .jsonLines {
      let run = self.beginSlices(of: job)
      outcome.results.append(try run.runToEnd(queued: job.queueMicroseconds, meter: &meter))
    }
    return outcome
  }

  /// Echoes requests in one engine call. If that fails, parts run on their own, until the guilty one stands alone.
  private func run(
    _ batch: ArraySlice<Member>, meter: inout EngineMeter
  ) throws(ZMQError) -> [ComputeResult] {
    guard !batch.isEmpty else { return [] }
    let before = meter.totalMicroseconds
    do {
      let payload = { batch.flatMap(\.job.parts).map { TensorBuffer($0) } }
      try self.call(batch.map(\.job.work.ticket), payload, &meter)
    } catch {
      return try self.runApart(batch, after: error, since: before, meter: &meter)
    }
    let computed = meter.totalMicroseconds - before
    return batch.map { member in
      member.job.success(member.job.parts, rows: 1, WorkTimes(queued: member.queued, computed: computed))
    }
  }

  private func runApart(
    _ batch: ArraySlice<Member>, after error: any Error, since before: UInt64, meter: inout EngineMeter
  ) throws(ZMQError) -> [ComputeResult] {
    var results: [ComputeResult] = []
    var rest: [Member] = []
    for member in batch {
      if let fault = member.job.fault(after: error) ?? (batch.count == 1 ? Fault(error) : nil) {
        let times = WorkTimes(queued: member.queued, computed: meter.totalMicroseconds - before)
        results.append(try member.job.failure(fault, times))
      } else {
        rest.append(member)
      }
    }
    for range in Suspects.parts(of: rest.count, after: error) {
      results += try self.run(rest[range], meter: &meter)
    }
    return results
  }

  func beginSlices(of job: ComputeJob) -> any SlicedRun {
    guard job.work.contentType == .jsonLines else { return EchoRun(job, self) }
    if let fault = job.faultOfLinesParts { return RefusedRun(job, fault) }
    return EchoLinesRun(job, self, sliceRows: self.maxBatchSize)
  }

  /// What this engine calls computing; the payload is made only if it is looked at.
  func call(
    _ requests: [WorkerSession.Ticket], _ payload: () -> [TensorBuffer], _ meter: inout EngineMeter
  ) throws {
    let payload = self.model.options.looksAtPayload ? payload() : []
    try meter.call(for: requests) { try self.model.process(payload, control: $0) }
  }
}

/// One request echoed alone, at once.
private final class EchoRun: SlicedRun {
  private let job: ComputeJob
  private let runner: EchoRunner
  private var isDone = false
  private var fault: Fault?

  init(_ job: ComputeJob, _ runner: EchoRunner) {
    self.job = job
    self.runner = runner
  }

  func runSlice(meter: inout EngineMeter) -> Bool {
    guard !self.isDone else { return false }
    self.isDone = true
    do {
      try self.runner.call(
        [self.job.work.ticket], { self.job.parts.map { TensorBuffer($0) } }, &meter)
    } catch {
      self.fault = Fault(error)
    }
    return true
  }

  func finish(_ times: WorkTimes) throws(ZMQError) -> ComputeResult {
    if let fault = self.fault { return try self.job.failure(fault, times) }
    return self.job.success(self.job.parts, rows: 1, times)
  }
}
