public import QueueCore
import Synchronization
public import Tensors
package import ZeroMQ

// Predictions with tensors: bytes both ways, no number is ever written out in digits.

extension AuguryClient {
  /// Predicts with the model's inputs by name.
  ///
  /// ```swift
  /// let prediction = try await client.predict(
  ///   "digits", version: "2", inputs: ["X": try Tensor(pixels, shape: [rows, 64])], timeout: .milliseconds(200))
  /// let labels = try prediction["label"]?.values(as: Int64.self)
  /// ```
  ///
  /// - Parameters:
  ///   - model: The model's name.
  ///   - version: The version; nil lets the broker choose.
  ///   - inputs: The model's inputs; as many tensors as fit into a message, 63.
  ///   - outputs: The outputs wanted, in the order wanted; none for all.
  ///   - timeout: The time until the deadline; zero or less has passed already; nil takes ``Options/timeout``.
  ///   - requestClass: How urgent it is.
  ///   - routingKey: What the model's route chooses the version by, for example a user's name: the same key, the same
  ///     version. At most 128 bytes of UTF-8.
  /// - Throws: ``PredictionError``. Cancelling the task throws `CANCELLED` at once and tells the broker.
  public func predict(
    _ model: String, version: String? = nil, inputs: [String: Tensor], outputs: [String] = [],
    timeout: Duration? = nil, requestClass: RequestClass = .online, routingKey: String? = nil
  ) async throws(PredictionError) -> Prediction {
    // In one order whatever the dictionary's: the same call sends the same bytes.
    let named = inputs.sorted { $0.key < $1.key }.map { NamedTensor($0.key, $0.value) }
    return try await self.predict(
      model, version: version, inputs: named, outputs: outputs, timeout: timeout, requestClass: requestClass,
      routingKey: routingKey)
  }

  /// Predicts with the model's inputs in an order of the caller's; otherwise as with a dictionary of them.
  ///
  /// Throws ``PredictionError``.
  public func predict(
    _ model: String, version: String? = nil, inputs: [NamedTensor], outputs: [String] = [], timeout: Duration? = nil,
    requestClass: RequestClass = .online, routingKey: String? = nil
  ) async throws(PredictionError) -> Prediction {
    let start = ContinuousClock.now
    let reply = try await self.send(
      model, version: version, contentType: .tensors, parts: try self.encode(inputs, outputs: outputs),
      timeout: timeout, requestClass: requestClass, routingKey: routingKey)
    let content = try self.decode(reply)
    return Prediction(
      outputs: content.outputs, model: reply.origin?.model ?? content.modelName,
      version: reply.origin?.version ?? content.modelVersion, digest: reply.origin?.digest ?? [],
      predictionID: reply.predictionID ?? "", epoch: reply.epoch, worker: reply.origin?.worker ?? "",
      attempts: reply.attempts,
      queueTime: .microseconds(Int64(reply.queueMicroseconds)),
      computeTime: .microseconds(Int64(reply.computeMicroseconds)), latency: ContinuousClock.now - start)
  }

  private func encode(_ inputs: [NamedTensor], outputs: [String]) throws(PredictionError) -> [Frame] {
    let head = ByteBuffer()
    do throws(TensorError) {
      try head.appendRequest(inputs: inputs, outputs: outputs)
    } catch {
      throw PredictionError(error)
    }
    do throws(ZMQError) {
      return [try Frame(copying: head.bytes)]
        + (try inputs.map { (input) throws(ZMQError) in try Frame(copying: input.tensor.buffer.bytes) })
    } catch {
      throw PredictionError(error, endpoint: self.broker)
    }
  }

  private func decode(_ reply: RawReply) throws(PredictionError) -> TensorReply {
    guard reply.contentType == .tensors || reply.contentType == .json, let head = reply.parts.first else {
      throw PredictionError(
        .internal, reason: "MALFORMED_REPLY",
        message: "the reply is \(reply.parts.count) parts of \(reply.contentType.mediaType), expected "
          + ContentType.tensors.mediaType)
    }
    let parts = reply.parts.dropFirst().map { TensorBuffer(FrameBytes($0)) }
    do throws(TensorError) {
      return try self.replyParser.withLock { (parser) throws(TensorError) in
        try parser.parseReply(head.bytes, parts: parts)
      }
    } catch {
      throw PredictionError(
        .internal, reason: "MALFORMED_REPLY", message: "the reply's tensors cannot be read: \(error.message)",
        cause: error)
    }
  }
}

/// A message part whose bytes tensors view.
package final class FrameBytes: TensorBytes {
  private let frame: Frame

  package init(_ frame: Frame) {
    self.frame = frame
  }

  // A frame's bytes stay where they are, and what they are, for as long as it is held.
  package var stableBytes: UnsafeRawBufferPointer { self.frame.withUnsafeBytes { $0 } }
}

extension PredictionError {
  /// A tensor that cannot be sent.
  fileprivate init(_ error: TensorError) {
    self.init(
      Code(StatusCode(name: error.code.rawValue) ?? .invalidArgument), reason: "INVALID_TENSOR",
      message: error.message, cause: error)
  }
}
