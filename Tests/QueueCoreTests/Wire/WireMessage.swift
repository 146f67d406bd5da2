import QueueCore

/// A header or payload part of the protocol as the tests see it: it can be read, written, compared and made up.
protocol WireMessage: Equatable, Sendable {
  init(decoding part: RawSpan) throws(WireError)
  var onWire: [UInt8] { get }
  static func random(using generator: inout SplitMix64) -> Self
}

/// A REQUEST with its names taken out of the header part.
struct RequestMessage: WireMessage {
  var request: RequestID
  var timeoutMicroseconds: Int64
  var requestClass: RequestClass
  var contentType: ContentType
  var parts: Int
  var model: String
  var selector: String
  var routingKey: [UInt8]

  init(
    request: RequestID, timeoutMicroseconds: Int64, requestClass: RequestClass = .online,
    contentType: ContentType = .json, parts: Int = 1, model: String, selector: String = "",
    routingKey: [UInt8] = []
  ) {
    self.request = request
    self.timeoutMicroseconds = timeoutMicroseconds
    self.requestClass = requestClass
    self.contentType = contentType
    self.parts = parts
    self.model = model
    self.selector = selector
    self.routingKey = routingKey
  }

  init(decoding part: RawSpan) throws(WireError) {
    let header = try RequestHeader(decoding: part)
    self.init(
      request: header.request, timeoutMicroseconds: header.timeoutMicroseconds, requestClass: header.requestClass,
      contentType: header.contentType, parts: header.parts, model: Self.text(header.model.bytes(in: part)),
      selector: Self.text(header.selector.bytes(in: part)),
      routingKey: Self.copy(header.routingKey.bytes(in: part)))
  }

  var onWire: [UInt8] {
    RequestHeader.encode(
      request: self.request, timeoutMicroseconds: self.timeoutMicroseconds, requestClass: self.requestClass,
      contentType: self.contentType, parts: self.parts, model: self.model, selector: self.selector,
      routingKey: self.routingKey)
  }

  static func random(using generator: inout SplitMix64) -> Self {
    Self(
      request: RequestID(generator.number()), timeoutMicroseconds: generator.timeout(),
      requestClass: generator.element(of: RequestClass.allCases),
      contentType: generator.element(of: ContentType.allCases), parts: generator.parts(), model: generator.name(),
      selector: generator.chance(oneIn: 3) ? "" : generator.name(),
      routingKey: generator.bytes(count: Int.random(in: 0...RoutingKey.maximumBytes, using: &generator)))
  }

  private static func text(_ bytes: RawSpan) -> String {
    String(decoding: Self.copy(bytes), as: UTF8.self)
  }

  private static func copy(_ bytes: RawSpan) -> [UInt8] {
    (0..<bytes.byteCount).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
  }
}

extension CancelHeader: WireMessage {
  var onWire: [UInt8] { self.encoded.array }
  static func random(using generator: inout SplitMix64) -> Self { Self(request: RequestID(generator.number())) }
}

extension ControlHeader: WireMessage {
  var onWire: [UInt8] { self.encoded }
  static func random(using generator: inout SplitMix64) -> Self {
    Self(request: RequestID(generator.number()), method: generator.text(), parts: generator.parts())
  }
}

extension PingHeader: WireMessage {
  var onWire: [UInt8] { self.encoded.array }
  static func random(using generator: inout SplitMix64) -> Self {
    Self(nonce: generator.number(), instance: generator.chance(oneIn: 2) ? 0 : generator.number())
  }
}

extension ReplyHeader: WireMessage {
  var onWire: [UInt8] { self.encoded.array }
  static func random(using generator: inout SplitMix64) -> Self {
    Self(
      request: RequestID(generator.number()), status: generator.element(of: StatusCode.allCases),
      contentType: generator.element(of: ContentType.allCases), attempts: generator.number(),
      hasOrigin: generator.chance(oneIn: 2), parts: generator.parts(), queueMicroseconds: generator.number(),
      computeMicroseconds: generator.number(), number: generator.number(),
      retryAfterMilliseconds: generator.number())
  }
}

extension Origin: WireMessage {
  var onWire: [UInt8] { self.encoded }
  static func random(using generator: inout SplitMix64) -> Self {
    Self(
      model: generator.name(), version: generator.name(), digest: generator.digest(), worker: generator.name(),
      epoch: generator.number(), instance: generator.number())
  }
}

extension ErrorDetail: WireMessage {
  var onWire: [UInt8] { self.encoded }
  static func random(using generator: inout SplitMix64) -> Self {
    Self(reason: generator.text(), message: generator.text(maximumBytes: 2000))
  }
}
