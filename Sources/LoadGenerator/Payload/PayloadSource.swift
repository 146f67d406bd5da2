/// Where the content of requests comes from.
public enum PayloadSource: Hashable, Sendable {
  /// Zeros and empty strings, as the model's signature wants them.
  case zeros
  /// Numbers of no meaning, as the signature wants them: floats in [0, 1), small whole numbers, strings of digits. The
  /// same seed gives the same ones.
  case random(seed: UInt64)
  /// A request as it is: `{"instances": …}`, or `{"inputs": …}` of the Open Inference Protocol.
  case document([UInt8])
  /// Instances, the text of one JSON value each; at least one.
  case rows([[UInt8]])
}

/// How the content of requests is written.
public enum PayloadForm: Hashable, Sendable {
  /// JSON as Augury takes it: a document as it is, rows as `{"instances": …}`.
  case json
  /// JSON of the Open Inference Protocol alone: what comes as instances is made tensors of.
  case openInference
  /// Raw bytes behind a JSON head: the Open Inference Protocol's binary tensors.
  case binary
}
