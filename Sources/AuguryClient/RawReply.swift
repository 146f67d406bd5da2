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
  /// Names the prediction among those of the broker's present life, see ``predictionID``.
  public var number: UInt64

  /// Makes an answer, for tests of code that reads them.
  public init(
    contentType: ContentType, parts: [Frame], origin: Origin? = nil, attempts: Int = 1, queueMicroseconds: UInt32 = 0,
    computeMicroseconds: UInt32 = 0, number: UInt64 = 0
  ) {
    self.contentType = contentType
    self.parts = parts
    self.origin = origin
    self.attempts = attempts
    self.queueMicroseconds = queueMicroseconds
    self.computeMicroseconds = computeMicroseconds
    self.number = number
  }

  /// The prediction's id, 16 hexadecimal digits: what feedback about it names. Nil for answers of the broker itself.
  public var predictionID: String? { self.origin.map { $0.predictionID(self.number).description } }

  /// How often the model's route had been changed when the request was taken on; 0 if it never had one.
  public var epoch: UInt32 { self.origin?.epoch ?? 0 }

  /// Copies of the parts' bytes.
  public var content: [[UInt8]] {
    self.parts.map { part in part.withUnsafeBytes { [UInt8]($0) } }
  }
}
