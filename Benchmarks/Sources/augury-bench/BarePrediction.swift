import Foundation
import Inference
import QueueCore
import Tensors
import ZeroMQ

/// What a prediction costs with nobody to serve: one thread with the worker's own parser, engine and printer.
struct BarePrediction {
  /// Microseconds a request.
  struct Times {
    var parse = 0.0
    /// Putting the inputs of a batch together.
    var copy = 0.0
    var engine = 0.0
    /// Writing the replies' JSON, or cutting the outputs.
    var encode = 0.0

    var sum: Double { self.parse + self.copy + self.engine + self.encode }
  }

  private let model: OnnxModel
  private let parser: JSONTensorParser
  private let request: PredictionRequest
  private let content: PredictionContent
  private let text = ByteBuffer()

  init(model: String, request: PredictionRequest, content: PredictionContent) throws {
    self.model = try OnnxModel(path: model, library: OnnxLibrary.load())
    self.parser = try JSONTensorParser(signature: self.model.signature)
    self.request = request
    self.content = content
    try self.model.warmUp()
  }

  /// Runs for a time with batches of that size on average: of the two whole sizes around it, in the right proportion.
  func measure(batchSize: Double, seconds: Double) throws -> Times {
    let control = RunControl()
    let document = self.request.parts[0]
    let raw = self.request.parts.dropFirst().map { TensorBuffer(TensorMemory(copying: $0)) }
    var (times, requests, owed) = (Times(), 0, 0.0)
    let end = MonotonicClock.nanoseconds + UInt64(seconds * 1e9)
    while MonotonicClock.nanoseconds < end {
      owed += batchSize
      let count = max(1, Int(owed))
      owed -= Double(count)
      let t0 = MonotonicClock.nanoseconds
      let parsed = try (0..<count).map { _ in try self.parser.parseRequest(document.span.bytes, parts: raw) }
      let t1 = MonotonicClock.nanoseconds
      let input = try Tensor.concatenated(parsed.map { $0.inputs[0] })
      let t2 = MonotonicClock.nanoseconds
      let outputs = try self.model.run([input], outputs: [], control: control)
      let t3 = MonotonicClock.nanoseconds
      for index in 0..<count { try self.encode(outputs, row: index) }
      let t4 = MonotonicClock.nanoseconds
      times.parse += Double(t1 - t0)
      times.copy += Double(t2 - t1)
      times.engine += Double(t3 - t2)
      times.encode += Double(t4 - t3)
      requests += count
    }
    let scale = 1 / (1000 * Double(requests))
    return Times(
      parse: times.parse * scale, copy: times.copy * scale, engine: times.engine * scale, encode: times.encode * scale)
  }

  private func encode(_ outputs: [Tensor], row: Int) throws {
    let own = try outputs.map { try $0.rows(row..<row + 1) }
    switch self.content {
    case .tensors: for output in own { _ = try Frame(copying: output.buffer.bytes) }
    case .json:
      self.text.removeAll()
      try self.text.appendPredictions(
        zip(self.model.signature.outputs, own).map { NamedTensor($0.name, $1) }, rows: 1,
        modelName: PredictionRequest.model, modelVersion: "1")
      _ = try Frame(copying: self.text.bytes)
    }
  }
}
