public import QueueCore
public import ZeroMQ

/// An answer as it came: its parts unread.
public struct RawReply: Sendable {
  /// How the parts are to be read.
  public var contentType: ContentType
  /// The parts of the content, without the origin.
  public var parts: [Frame]
  /// Who made it; nil for answers of the broker itself.
  public var origin: Origin?
  /// Times the request was handed to a worker.
  public var attempts: Int
  /// Microseconds of waiting in the broker and in the worker.
  public var queueMicroseconds: UInt32
  /// Microseconds of the engine call.
  public var computeMicroseconds: UInt32

  /// Makes an answer, for tests of code that reads them.
  public init(
    contentType: ContentType, parts: [Frame], origin: Origin? = nil, attempts: Int = 1, queueMicroseconds: UInt32 = 0,
    computeMicroseconds: UInt32 = 0
  ) {
    self.contentType = contentType
    self.parts = parts
    self.origin = origin
    self.attempts = attempts
    self.queueMicroseconds = queueMicroseconds
    self.computeMicroseconds = computeMicroseconds
  }

  /// Copies of the parts' bytes.
  public var content: [[UInt8]] {
    self.parts.map { part in part.withUnsafeBytes { [UInt8]($0) } }
  }
}
