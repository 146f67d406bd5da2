public import QueueCore

/// The content of a request, encoded once and sent as often as it takes.
public struct LoadPayload: Hashable, Sendable {
  /// How the parts are to be read: JSON, or tensors as the binary extension of the Open Inference Protocol has them.
  public var contentType: ContentType
  /// One part of JSON, or the JSON before the tensors and then a part for each of them.
  public var parts: [[UInt8]]
  /// Instances in it.
  public var instances: Int

  /// Wraps what is encoded already.
  public init(contentType: ContentType, parts: [[UInt8]], instances: Int) {
    self.contentType = contentType
    self.parts = parts
    self.instances = instances
  }

  /// Bytes of all parts.
  public var byteCount: Int { self.parts.reduce(0) { $0 + $1.count } }
}
