/// Broker to client: how a request ended. Payload: the origin part if flagged, then the content, or, when the status is
/// not OK, one ``ErrorDetail`` part.
public struct ReplyHeader: Hashable, Sendable, BitwiseCopyable {
  /// Set when the first payload part is an ``Origin``.
  public static let originFlag: UInt8 = 0x01
  /// The greatest number of a prediction: what 48 bits hold.
  public static let maximumNumber: UInt64 = 1 << 48 - 1

  /// The client's name for the request.
  public var request: RequestID
  /// How it ended.
  public var status: StatusCode
  /// How the content is to be read.
  public var contentType: ContentType
  /// Times the request was handed to a worker.
  public var attempts: UInt8
  /// Whether the first payload part is an ``Origin``.
  public var hasOrigin: Bool
  /// Payload parts that follow, the origin among them.
  public var parts: Int
  /// Microseconds spent waiting, in the broker and in the worker.
  public var queueMicroseconds: UInt32
  /// Microseconds the worker spent on the batch the request was in.
  public var computeMicroseconds: UInt32
  /// Counts what the broker has taken on: added to the origin's ``Origin/instance``, it names the prediction. Only with
  /// an origin; 0 without.
  public var number: UInt64
  /// Milliseconds after which trying again makes sense; 0 gives no hint. Only without an origin; 0 with one.
  public var retryAfterMilliseconds: UInt32

  /// Makes a reply's header. Of `number` and `retryAfterMilliseconds` the one is dropped that `hasOrigin` leaves no
  /// room for.
  public init(
    request: RequestID, status: StatusCode, contentType: ContentType = .octets, attempts: UInt8 = 0,
    hasOrigin: Bool = false, parts: Int, queueMicroseconds: UInt32 = 0, computeMicroseconds: UInt32 = 0,
    number: UInt64 = 0, retryAfterMilliseconds: UInt32 = 0
  ) {
    self.request = request
    self.status = status
    self.contentType = contentType
    self.attempts = attempts
    self.hasOrigin = hasOrigin
    self.parts = parts
    self.queueMicroseconds = queueMicroseconds
    self.computeMicroseconds = computeMicroseconds
    self.number = hasOrigin ? number & Self.maximumNumber : 0
    self.retryAfterMilliseconds = hasOrigin ? 0 : retryAfterMilliseconds
  }

  /// Reads a REPLY header part. Throws ``WireError``.
  public init(decoding header: RawSpan) throws(WireError) {
    var reader = ByteReader(header)
    let prefix = try reader.expect(.reply)
    self.hasOrigin = prefix.flags & Self.originFlag != 0
    self.parts = Int(prefix.parts)
    self.attempts = prefix.extra
    self.request = RequestID(try reader.readUInt64("request id"))
    self.status = try reader.readStatus()
    self.contentType = try reader.readContentType()
    let upper = try reader.readUInt16("upper number")
    self.queueMicroseconds = try reader.readUInt32("queue time")
    self.computeMicroseconds = try reader.readUInt32("compute time")
    let lower = try reader.readUInt32("lower number or retry after")
    self.number = self.hasOrigin ? UInt64(upper) << 32 | UInt64(lower) : 0
    self.retryAfterMilliseconds = self.hasOrigin ? 0 : lower
  }

  /// The header part: 32 bytes. The number takes the place of the hint, which only refusals have, and of what is else
  /// reserved.
  public var encoded: ShortHeader {
    let flags = self.hasOrigin ? Self.originFlag : 0
    var header = Prefix(.reply, flags: flags, parts: self.parts, extra: self.attempts).short
    header.append(self.request.rawValue)
    header.append(self.status.rawValue)
    header.append(self.contentType.rawValue)
    header.append(UInt16(truncatingIfNeeded: self.number >> 32))
    header.append(self.queueMicroseconds)
    header.append(self.computeMicroseconds)
    header.append(self.hasOrigin ? UInt32(truncatingIfNeeded: self.number) : self.retryAfterMilliseconds)
    return header
  }
}
