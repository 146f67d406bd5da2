import Inference
import QueueCore
import Tensors
import ZeroMQ

/// Answers requests with a model: reads them, runs those that fit together in one engine call, and writes the replies.
///
/// One for each compute thread; the model itself is shared.
final class ModelRunner: ModelRunning {
  private let model: any Model
  private let maxBatchSize: Int
  private let parser: RequestParser
  private let writer: ReplyWriter

  /// Throws ``TensorError`` if the model's inputs have too many dimensions to be read.
  init(model: any Model, name: String, version: String, maxBatchSize: Int) throws(TensorError) {
    self.model = model
    self.maxBatchSize = maxBatchSize
    self.parser = try RequestParser(signature: model.signature)
    self.writer = ReplyWriter(model: name, version: version, signature: model.signature)
  }

  func runBatch(_ jobs: [ComputeJob], meter: inout EngineMeter) throws(ZMQError) -> BatchOutcome {
    var outcome = BatchOutcome()
    var rest = jobs[...]
    // JSON Lines run alone. The policy puts whatever comes first first, so only the first can be due.
    if let first = rest.first, first.work.contentType == .jsonLines {
      rest.removeFirst()
      outcome.results = [try self.beginSlices(of: first).runToEnd(queued: first.queueMicroseconds, meter: &meter)]
      outcome.leftOver = Array(rest)
      return outcome
    }
    var batch: [Member] = []
    var rows = 0
    while rows < self.maxBatchSize, let job = rest.popFirst() {
      if job.work.contentType == .jsonLines {
        outcome.leftOver.append(job)
        continue
      }
      do throws(Fault) {
        let request = try self.request(of: job)
        guard self.fits(job, request, with: batch.first, rows: rows) else {
          outcome.leftOver.append(job)
          continue
        }
        batch.append(Member(job: job, request: request, queued: job.queueMicroseconds))
        rows += request.rows
      } catch {
        outcome.results.append(try job.failure(error, WorkTimes(queued: job.queueMicroseconds)))
      }
    }
    outcome.leftOver.append(contentsOf: rest)
    outcome.results.append(contentsOf: try self.run(batch[...], meter: &meter))
    return outcome
  }

  func beginSlices(of job: ComputeJob) -> any SlicedRun {
    if job.work.contentType == .jsonLines {
      return LinesRun(job, model: self.model, maxBatchSize: self.maxBatchSize, parser: self.parser)
    }
    do throws(Fault) {
      return self.runAlone(job, try self.request(of: job))
    } catch {
      return RefusedRun(job, error)
    }
  }

  // MARK: Batches

  /// A request of a batch.
  private struct Member {
    var job: ComputeJob
    var request: ParsedRequest
    var queued: UInt32
  }

  /// Runs requests in one engine call. If that fails, parts run on their own, until the guilty one stands alone.
  private func run(
    _ batch: ArraySlice<Member>, meter: inout EngineMeter
  ) throws(ZMQError) -> [ComputeResult] {
    guard batch.count > 1 else {
      guard let only = batch.first else { return [] }
      return [try self.runAlone(only.job, only.request).runToEnd(queued: only.queued, meter: &meter)]
    }
    let before = meter.totalMicroseconds
    let outputs: [Tensor]
    do {
      outputs = try self.runTogether(batch, meter: &meter)
    } catch {
      return try self.runApart(batch, after: error, meter: &meter)
    }
    let computed = meter.totalMicroseconds - before
    var results: [ComputeResult] = []
    results.reserveCapacity(batch.count)
    var row = 0
    for member in batch {
      let times = WorkTimes(queued: member.queued, computed: computed)
      let rows = row..<row + member.request.rows
      results.append(
        try self.writer.answer(member.job, member.request.content, rows: rows, of: outputs, times))
      row = rows.upperBound
    }
    return results
  }

  /// The outputs of all requests, one row after the other. Throws if they cannot be had together, whoever is to blame.
  private func runTogether(_ batch: ArraySlice<Member>, meter: inout EngineMeter) throws -> [Tensor] {
    let inputs = try self.model.signature.inputs.indices.map { input in
      try Tensor.concatenated(batch.map { $0.request.content.inputs[input] })
    }
    let outputs = try meter.call(for: batch.map(\.job.work.ticket)) {
      try self.model.run(inputs, outputs: [], control: $0)
    }
    let rows = batch.reduce(0) { $0 + $1.request.rows }
    for (spec, output) in zip(self.model.signature.outputs, outputs) where output.rowCount != rows {
      throw TensorError(
        .internal, .wrongShape,
        "output \"\(spec.name)\" has shape \(Shape.text(output.shape)), expected \(rows) rows as the inputs have")
    }
    return outputs
  }

  private func runApart(
    _ batch: ArraySlice<Member>, after error: any Error, meter: inout EngineMeter
  ) throws(ZMQError) -> [ComputeResult] {
    var results: [ComputeResult] = []
    var rest: [Member] = []
    for member in batch {
      if let fault = member.job.fault(after: error) {
        results.append(try member.job.failure(fault, WorkTimes(queued: member.queued)))
      } else {
        rest.append(member)
      }
    }
    for range in Suspects.parts(of: rest.count, after: error) {
      results += try self.run(rest[range], meter: &meter)
    }
    return results
  }

  private func fits(_ job: ComputeJob, _ request: ParsedRequest, with first: Member?, rows: Int) -> Bool {
    guard let first else { return true }
    guard !first.job.isRetry, !job.isRetry else { return false }
    return self.model.signature.isBatchable && rows + request.rows <= self.maxBatchSize
      && first.request.fits(with: request)
  }

  // MARK: Single requests

  private func runAlone(_ job: ComputeJob, _ request: ParsedRequest) -> RequestRun {
    RequestRun(job, request, model: self.model, maxBatchSize: self.maxBatchSize, writer: self.writer)
  }

  /// The request's content, read once.
  private func request(of job: ComputeJob) throws(Fault) -> ParsedRequest {
    if let request = job.request { return request }
    let request = try self.parser.parse(job.parts, as: job.work.contentType)
    job.request = request
    return request
  }
}
