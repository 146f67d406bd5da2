import Inference
import QueueCore
import Tensors
import ZeroMQ

/// One request run alone. What has more rows than a batch runs in slices; what cannot be cut runs in one call.
final class RequestRun: SlicedRun {
  private let job: ComputeJob
  private let request: ParsedRequest
  private let model: any Model
  private let writer: ReplyWriter
  /// The rows of each engine call; nil if the inputs go as they are.
  private let slices: [Range<Int>]?
  private var done = 0
  private var outputs: [[Tensor]] = []
  private var fault: Fault?

  init(_ job: ComputeJob, _ request: ParsedRequest, model: any Model, maxBatchSize: Int, writer: ReplyWriter) {
    self.job = job
    self.request = request
    self.model = model
    self.writer = writer
    let isWhole = request.rows <= maxBatchSize || !model.signature.isBatchable
    self.slices = isWhole ? nil : Self.slices(of: request.rows, by: maxBatchSize)
  }

  func runSlice(meter: inout EngineMeter) -> Bool {
    guard self.fault == nil, self.done < self.slices?.count ?? 1 else { return false }
    do {
      var inputs = self.request.content.inputs
      if let rows = self.slices?[self.done] { inputs = try inputs.map { try $0.rows(rows) } }
      let outputs = try meter.call(for: [self.job.work.ticket]) {
        try self.model.run(inputs, outputs: [], control: $0)
      }
      self.outputs.append(outputs)
    } catch {
      self.fault = Fault(error)
    }
    self.done += 1
    return true
  }

  func finish(_ times: WorkTimes) throws(ZMQError) -> ComputeResult {
    let outputs: [Tensor]
    do throws(Fault) {
      if let fault = self.fault { throw fault }
      outputs = try self.joinedOutputs()
    } catch {
      return try self.job.failure(error, times)
    }
    return try self.writer.answer(self.job, self.request.content, outputs: outputs, times)
  }

  private func joinedOutputs() throws(Fault) -> [Tensor] {
    if self.outputs.count == 1 { return self.outputs[0] }
    do throws(TensorError) {
      var joined: [Tensor] = []
      for output in self.model.signature.outputs.indices {
        joined.append(try Tensor.concatenated(self.outputs.map { $0[output] }))
      }
      return joined
    } catch {
      throw Fault(error)
    }
  }

  /// Consecutive ranges of `size` rows, the last one of what is left.
  static func slices(of rows: Int, by size: Int) -> [Range<Int>] {
    stride(from: 0, to: rows, by: size).map { $0..<min($0 + size, rows) }
  }
}

/// A request that cannot be run at all.
final class RefusedRun: SlicedRun {
  private let job: ComputeJob
  private let fault: Fault

  init(_ job: ComputeJob, _ fault: Fault) {
    self.job = job
    self.fault = fault
  }

  func runSlice(meter: inout EngineMeter) -> Bool { false }

  func finish(_ times: WorkTimes) throws(ZMQError) -> ComputeResult {
    try self.job.failure(self.fault, times)
  }
}
