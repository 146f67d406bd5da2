public import Tensors

/// A prediction: its outputs, who made it, and where the time went.
public struct Prediction: Sendable {
  /// The outputs in the order of the reply.
  public var outputs: [NamedTensor]
  /// The model that predicted.
  public var model: String
  /// The version that predicted.
  public var version: String
  /// SHA-256 of the version's artifact, 32 bytes; empty if its engine has none.
  public var digest: [UInt8]
  /// The prediction's id, 16 hexadecimal digits: what feedback about it names.
  public var predictionID: String
  /// How often the model's route had been changed when the request was taken on; 0 if it never had one.
  public var epoch: UInt32
  /// The worker that predicted.
  public var worker: String
  /// Times the request was handed to a worker; more than 1 if workers were lost on the way.
  public var attempts: Int
  /// Time spent waiting, in the broker and in the worker.
  public var queueTime: Duration
  /// Time of the engine call, which other requests may have shared.
  public var computeTime: Duration
  /// Time from the call to the answer, as the caller saw it.
  public var latency: Duration

  /// The output of this name; nil if there is none.
  public subscript(name: String) -> Tensor? {
    self.outputs.first { $0.name == name }?.tensor
  }
}
