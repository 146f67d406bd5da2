/// Client to broker: predict. Payload parts: the content.
public struct RequestHeader: Hashable, Sendable, BitwiseCopyable {
  /// The time-out that stands for "none".
  public static let noTimeout: Int64 = -1

  /// The client's name for the request.
  public var request: RequestID
  /// Microseconds from the broker's receipt to the deadline; ``noTimeout`` for none; 0 has passed already.
  public var timeoutMicroseconds: Int64
  /// How urgent it is.
  public var requestClass: RequestClass
  /// How the payload is to be read.
  public var contentType: ContentType
  /// Payload parts that follow.
  public var parts: Int
  /// Where the model's name stands in the header part.
  public var model: ByteRange
  /// Where the version selector stands in the header part; empty lets the broker choose.
  public var selector: ByteRange
  /// Where the routing key stands in the header part; empty for none.
  public var routingKey: ByteRange

  /// Reads a REQUEST header part. Throws ``WireError``; model and selector must be valid names, see ``Names``, the
  /// selector may also be empty. The routing key is any ``RoutingKey/maximumBytes`` bytes at most, and may be missing.
  public init(decoding header: RawSpan) throws(WireError) {
    var reader = ByteReader(header)
    let prefix = try reader.expectContent(.request)
    self.requestClass = try ByteReader.requestClass(prefix.extra)
    self.parts = Int(prefix.parts)
    self.request = RequestID(try reader.readUInt64("request id"))
    self.timeoutMicroseconds = try reader.readMicrosecondsOrNone("timeout")
    self.contentType = try reader.readContentType()
    self.model = try reader.readShortRange("model")
    guard Names.isValid(self.model.bytes(in: header)) else { throw .invalidName(field: "model") }
    self.selector = try reader.readShortRange("version selector")
    guard self.selector.count == 0 || Names.isValid(self.selector.bytes(in: header)) else {
      throw .invalidName(field: "version selector", mayBeEmpty: true)
    }
    // A client that knows nothing of keys ends its header here.
    guard reader.offset < header.byteCount else {
      self.routingKey = ByteRange(offset: 0, count: 0)
      return
    }
    self.routingKey = try reader.readShortRange("routing key")
    guard Int(self.routingKey.count) <= RoutingKey.maximumBytes else {
      throw .invalidValue(
        field: "routing key length", value: UInt64(self.routingKey.count),
        expected: "at most \(RoutingKey.maximumBytes)")
    }
  }

  /// Writes a REQUEST header part.
  public static func encode(
    request: RequestID, timeoutMicroseconds: Int64, requestClass: RequestClass, contentType: ContentType,
    parts: Int, model: String, selector: String, routingKey: [UInt8] = []
  ) -> [UInt8] {
    var writer = ByteWriter(Prefix(.request, parts: parts, extra: requestClass.rawValue))
    writer.write(request.rawValue)
    writer.write(timeoutMicroseconds)
    writer.write(contentType.rawValue)
    writer.writeShort(model)
    writer.writeShort(selector)
    writer.writeShort(routingKey)
    return writer.bytes
  }

  /// The request id of a unit that may be damaged further on, so that it can still be answered.
  public static func requestID(inDamaged header: RawSpan) -> RequestID? {
    guard header.byteCount >= Prefix.byteCount + 8 else { return nil }
    return RequestID(
      UInt64(bigEndian: header.unsafeLoadUnaligned(fromByteOffset: Prefix.byteCount, as: UInt64.self)))
  }
}

/// Client to broker: give a request up.
public struct CancelHeader: Hashable, Sendable, BitwiseCopyable {
  /// The request to give up.
  public var request: RequestID

  /// Names the request.
  public init(request: RequestID) {
    self.request = request
  }

  /// Reads a CANCEL header part. Throws ``WireError``.
  public init(decoding header: RawSpan) throws(WireError) {
    var reader = ByteReader(header)
    _ = try reader.expect(.cancel)
    self.request = RequestID(try reader.readUInt64("request id"))
  }

  /// The header part.
  public var encoded: ShortHeader {
    var header = Prefix(.cancel).short
    header.append(self.request.rawValue)
    return header
  }
}

/// Client to broker: a question or order to the broker itself. Payload: one part, a JSON object of arguments.
public struct ControlHeader: Hashable, Sendable {
  /// The client's name for the call; its REPLY carries it.
  public var request: RequestID
  /// What is called, for example `status` or `jobs.submit`.
  public var method: String
  /// Payload parts that follow.
  public var parts: Int

  /// Makes a call's header.
  public init(request: RequestID, method: String, parts: Int = 1) {
    self.request = request
    self.method = method
    self.parts = parts
  }

  /// Reads a CONTROL header part. Throws ``WireError``.
  public init(decoding header: RawSpan) throws(WireError) {
    var reader = ByteReader(header)
    self.parts = Int(try reader.expect(.control).parts)
    self.request = RequestID(try reader.readUInt64("request id"))
    self.method = try reader.readShortText("method")
  }

  /// The header part.
  public var encoded: [UInt8] {
    var writer = ByteWriter(Prefix(.control, parts: self.parts))
    writer.write(self.request.rawValue)
    writer.writeShort(self.method)
    return writer.bytes
  }
}

/// Both ways between client and broker: PING with a number of the client's, PONG with the same number and the broker's
/// instance.
public struct PingHeader: Hashable, Sendable, BitwiseCopyable {
  /// Echoed by the broker.
  public var nonce: UInt64
  /// The broker's instance, different after every start; 0 in a PING.
  public var instance: UInt64

  /// Makes a ping (instance 0) or a pong.
  public init(nonce: UInt64, instance: UInt64 = 0) {
    self.nonce = nonce
    self.instance = instance
  }

  /// Reads a PING or PONG header part. Throws ``WireError``.
  public init(decoding header: RawSpan) throws(WireError) {
    var reader = ByteReader(header)
    let prefix = try Prefix(from: &reader)
    guard prefix.command == .ping || prefix.command == .pong else { throw .unexpectedCommand(prefix.command) }
    self.nonce = try reader.readUInt64("nonce")
    let instance = try reader.readUInt64("instance")
    if prefix.command == .pong, instance == 0 {
      throw .invalidValue(field: "instance", value: 0, expected: "any other number")
    }
    self.instance = prefix.command == .pong ? instance : 0
  }

  /// The header part: a PING if the instance is 0, else a PONG.
  public var encoded: ShortHeader {
    var header = Prefix(self.instance == 0 ? .ping : .pong).short
    header.append(self.nonce)
    header.append(self.instance)
    return header
  }
}

extension ByteReader {
  @inline(__always)
  mutating func readStatus() throws(WireError) -> StatusCode {
    let code = try self.readUInt8("status")
    guard let status = StatusCode(rawValue: code) else {
      throw .invalidValue(field: "status", value: UInt64(code), expected: Self.upTo(StatusCode.allCases.count))
    }
    return status
  }

  @inline(__always)
  mutating func readContentType() throws(WireError) -> ContentType {
    let code = try self.readUInt8("content type")
    guard let contentType = ContentType(rawValue: code) else {
      throw .invalidValue(field: "content type", value: UInt64(code), expected: Self.upTo(ContentType.allCases.count))
    }
    return contentType
  }

  @inline(__always)
  static func requestClass(_ code: UInt8) throws(WireError) -> RequestClass {
    guard let requestClass = RequestClass(rawValue: code) else {
      throw .invalidValue(field: "class", value: UInt64(code), expected: Self.upTo(RequestClass.allCases.count))
    }
    return requestClass
  }

  private static func upTo(_ count: Int) -> String { "0 to \(count - 1)" }

  /// A signed number of microseconds; the only negative one is ``RequestHeader/noTimeout``.
  @inline(__always)
  mutating func readMicrosecondsOrNone(_ field: String) throws(WireError) -> Int64 {
    let time = Int64(bitPattern: try self.readUInt64(field))
    guard time >= RequestHeader.noTimeout else { throw .negativeTime(field: field, value: time) }
    return time
  }
}
