import QueueCore
import Tensors
import ZeroMQ

/// Writes predictions in the form in which they were asked for. One for each thread, with a buffer that stays.
final class ReplyWriter {
  private let model: String
  private let version: String
  private let signature: Signature
  private let buffer = ByteBuffer()
  private var headers = RawReplyHeaders()

  init(model: String, version: String, signature: Signature) {
    self.model = model
    self.version = version
    self.signature = signature
  }

  /// The answer to one of several requests that ran together: its rows of their outputs, in the model's order.
  func answer(
    _ job: ComputeJob, _ request: TensorRequest, rows: Range<Int>, of outputs: [Tensor], _ times: WorkTimes
  ) throws(ZMQError) -> ComputeResult {
    if let answer = self.rawAnswer(job, request, rows: rows, of: outputs, times) { return answer }
    let own: [Tensor]
    do {
      own = try outputs.map { try $0.rows(rows) }
    } catch {
      return try job.failure(Fault(error), times)
    }
    return try self.answer(job, request, outputs: own, times)
  }

  /// The reply if its outputs are all raw and its header has been written before; nil for any other.
  private func rawAnswer(
    _ job: ComputeJob, _ request: TensorRequest, rows: Range<Int>, of outputs: [Tensor], _ times: WorkTimes
  ) -> ComputeResult? {
    guard job.work.contentType == .tensors, let header = self.headers.header(for: request, outputs, rows: rows.count)
    else { return nil }
    let wanted = request.outputs.isEmpty ? outputs : request.outputs.map { outputs[$0.index] }
    return job.success(header, followedBy: RawRows(outputs: wanted, rows: rows), rows: request.rowCount, times)
  }

  /// The answer to a request with these outputs, in the model's order; an error if they have no such form.
  func answer(
    _ job: ComputeJob, _ request: TensorRequest, outputs: [Tensor], _ times: WorkTimes
  ) throws(ZMQError) -> ComputeResult {
    let rows = request.rowCount
    if rows > 0, outputs.allSatisfy({ $0.rowCount == rows }),
      let answer = self.rawAnswer(job, request, rows: 0..<rows, of: outputs, times)
    {
      return answer
    }
    let binary: [Tensor]
    do throws(TensorError) {
      binary = try self.write(request, as: job.work.contentType, outputs: outputs)
    } catch {
      return try job.failure(Fault(error), times)
    }
    let parts = try self.frames(binary)
    if job.work.contentType == .tensors { self.headers.remember([parts[0]], of: request, outputs) }
    return job.success(parts, rows: request.rowCount, times)
  }

  /// Writes the JSON part; returns the tensors that go in parts of their own.
  private func write(
    _ request: TensorRequest, as contentType: ContentType, outputs: [Tensor]
  ) throws(TensorError) -> [Tensor] {
    let wanted = self.wanted(of: outputs, by: request)
    let named = wanted.map(\.output)
    self.buffer.removeAll()
    if contentType == .tensors {
      try self.buffer.appendReply(
        modelName: self.model, modelVersion: self.version, id: request.id, outputs: named,
        isBinary: { wanted[$0].isBinary })
      return wanted.filter(\.isBinary).map(\.output.tensor)
    }
    switch request.form {
    case .instances:
      try self.buffer.appendPredictions(
        named, rows: request.rowCount, modelName: self.model, modelVersion: self.version)
    case .openInference:
      try self.buffer.appendReply(
        modelName: self.model, modelVersion: self.version, id: request.id, outputs: named)
    }
    return []
  }

  private struct Wanted {
    var output: NamedTensor
    /// Whether it travels as a part of its own where the content allows that.
    var isBinary: Bool
  }

  /// The outputs that were asked for, in that order; all of them if none was named.
  private func wanted(of outputs: [Tensor], by request: TensorRequest) -> [Wanted] {
    let byDefault = request.binaryOutput ?? true
    if request.outputs.isEmpty {
      return zip(self.signature.outputs, outputs).map {
        Wanted(output: NamedTensor($0.name, $1), isBinary: byDefault)
      }
    }
    return request.outputs.map {
      Wanted(
        output: NamedTensor(self.signature.outputs[$0.index].name, outputs[$0.index]),
        isBinary: $0.isBinary ?? byDefault)
    }
  }

  private func frames(_ binary: [Tensor]) throws(ZMQError) -> [Frame] {
    let buffer = self.buffer
    var parts = [try Frame(copying: buffer.bytes)]
    for tensor in binary { parts.append(try Frame(copying: tensor.buffer.bytes)) }
    return parts
  }
}
