import QueueCore
import Testing
import ZeroMQ

/// A DEALER of our own that may say anything to the broker, and hears what the broker says.
final class RawPeer {
  /// A header part and the payload parts that belong to it.
  struct Unit {
    var header: [UInt8]
    var payload: [[UInt8]]

    /// What it says it is; nil if it is not of the protocol.
    var command: Command? { try? Prefix(decoding: self.header.span.bytes).command }
  }

  /// Shared: hundreds of peers are not to have hundreds of threads.
  private static let context = Result { try Context() }

  private let socket: Socket
  private var waiting: [Unit] = []

  init(to endpoint: String) throws {
    let options = SocketOptions {
      $0.sendHighWaterMark = 0
      $0.receiveHighWaterMark = 0
      $0.linger = .seconds(1)
    }
    self.socket = try Socket(.dealer, in: Self.context.get(), options: options)
    try self.socket.connect(endpoint)
  }

  /// Sends parts as one message.
  func send(_ parts: [[UInt8]]) throws {
    let frames = try parts.map { try frame($0) }
    let result = try self.socket.send(frames)
    try #require(result == .sent)
  }

  /// Sends a header part and its payload.
  func send(_ header: [UInt8], _ payload: [UInt8]...) throws {
    try self.send([header] + payload)
  }

  /// Leaves.
  func disconnect(from endpoint: String) throws {
    try self.socket.disconnect(endpoint)
  }

  /// The next unit, if one has come.
  func receiveNow() throws -> Unit? {
    if self.waiting.isEmpty {
      guard let message = try self.socket.receiveFrames(maxParts: 4096) else { return nil }
      var parts = message.frames.map { frame in frame.withUnsafeBytes { Array($0) } }[...]
      while let header = parts.popFirst() {
        let count = header.count > 6 ? min(Int(header[6]), parts.count) : 0
        self.waiting.append(Unit(header: header, payload: Array(parts.prefix(count))))
        parts = parts.dropFirst(count)
      }
    }
    return self.waiting.removeFirst()
  }

  /// Waits for the next unit.
  func receive() async throws -> Unit {
    try await eventually("a unit from the broker") { try self.receiveNow() }
  }

  /// Waits for the next unit of a kind and drops what comes before it.
  func receive(_ command: Command) async throws -> Unit {
    while true {
      let unit = try await self.receive()
      if unit.command == command { return unit }
    }
  }
}

extension RawPeer.Unit {
  /// The unit as a REPLY; the test fails here if it is none.
  func reply() throws -> ReplyHeader { try ReplyHeader(decoding: self.header.span.bytes) }

  /// The last payload part as an error part.
  func detail() throws -> ErrorDetail {
    let part = try #require(self.payload.last)
    return try ErrorDetail(decoding: part.span.bytes)
  }

  /// The unit as a DISCONNECT; the test fails here if it is none.
  func disconnect() throws -> DisconnectHeader { try DisconnectHeader(decoding: self.header.span.bytes) }

  /// The unit as WORK; the test fails here if it is none.
  func work() throws -> WorkHeader { try WorkHeader(decoding: self.header.span.bytes) }
}

extension RawPeer {
  /// A request's header part, well-formed unless told otherwise.
  static func request(
    _ id: UInt64, model: String = "echo", selector: String = "", parts: Int = 1, contentType: ContentType = .octets
  ) -> [UInt8] {
    RequestHeader.encode(
      request: RequestID(id), timeoutMicroseconds: RequestHeader.noTimeout, requestClass: .online,
      contentType: contentType, parts: parts, model: model, selector: selector)
  }

  /// Asks whether the broker is there and waits for its word; what comes before it is returned.
  func unitsUntilPong(nonce: UInt64) async throws -> [Unit] {
    try self.send(PingHeader(nonce: nonce).encoded.array)
    var units: [Unit] = []
    while true {
      let unit = try await self.receive()
      if unit.command == .pong, try PingHeader(decoding: unit.header.span.bytes).nonce == nonce { return units }
      units.append(unit)
    }
  }
}
