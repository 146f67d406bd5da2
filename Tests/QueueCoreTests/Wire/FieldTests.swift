import QueueCore
import Testing

@Suite("What fields may hold")
struct FieldTests {
  /// A message, the field in it, the byte to change, the byte to put there, and what must be said about it.
  struct Damage: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var kind: WireKind
    var bytes: [UInt8]
    var offset: Int
    var byte: UInt8
    var error: WireError
  }

  static let request =
    RequestMessage(request: RequestID(7), timeoutMicroseconds: 1000, model: "m", selector: "1").onWire
  static let work = WorkHeader(
    work: WorkID(7), remainingMicroseconds: 1000, attempt: 1, requestClass: .online, contentType: .json, parts: 1
  ).onWire
  static let result = ResultHeader(
    work: WorkID(7), session: SessionID(1), attempt: 1, status: .ok, contentType: .json, parts: 1,
    queueMicroseconds: 0, computeMicroseconds: 0
  ).onWire
  static let reply = ReplyHeader(request: RequestID(7), status: .ok, contentType: .json, parts: 1).onWire
  static let join = JoinHeader(
    heartbeatMilliseconds: 1, liveness: 1, processID: 1, model: "m", version: "1", name: "w", host: "h", engine: "e"
  ).onWire
  static let welcome = WelcomeHeader(session: SessionID(1), heartbeatMilliseconds: 1, liveness: 1).onWire
  static let ready = ReadyHeader(
    session: SessionID(1), credit: 1, bulkCredit: 1, maxBatchSize: 1, loadMilliseconds: 1, digest: []
  ).onWire
  static let pong = PingHeader(nonce: 1, instance: 1).onWire

  private static func outside(_ field: String, _ value: UInt64, _ expected: String) -> WireError {
    .invalidValue(field: field, value: value, expected: expected)
  }

  static let damages: [Damage] = [
    Damage(
      testDescription: "class of a request", kind: WireKind(RequestMessage.self), bytes: request, offset: 7, byte: 4,
      error: outside("class", 4, "0 to 3")),
    Damage(
      testDescription: "time-out of a request", kind: WireKind(RequestMessage.self), bytes: request, offset: 16,
      byte: 0x80, error: .negativeTime(field: "timeout", value: .min + 1000)),
    Damage(
      testDescription: "content type of a request", kind: WireKind(RequestMessage.self), bytes: request, offset: 24,
      byte: 9, error: outside("content type", 9, "0 to 3")),
    Damage(
      testDescription: "model of a request", kind: WireKind(RequestMessage.self), bytes: request, offset: 26,
      byte: UInt8(ascii: "/"), error: .invalidName(field: "model")),
    Damage(
      testDescription: "selector of a request", kind: WireKind(RequestMessage.self), bytes: request, offset: 28,
      byte: 0xFF, error: .invalidName(field: "version selector", mayBeEmpty: true)),
    Damage(
      testDescription: "parts of a request", kind: WireKind(RequestMessage.self), bytes: request, offset: 6, byte: 65,
      error: .tooManyParts(limit: 64)),
    Damage(
      testDescription: "parts of a result", kind: WireKind(ResultHeader.self), bytes: result, offset: 6, byte: 65,
      error: .tooManyParts(limit: 64)),
    Damage(
      testDescription: "parts of a reply", kind: WireKind(ReplyHeader.self), bytes: reply, offset: 6, byte: 66,
      error: outside("parts", 66, "at most 65")),
    Damage(
      testDescription: "command", kind: WireKind(RequestMessage.self), bytes: request, offset: 4, byte: 0x7F,
      error: .unknownCommand(0x7F)),
    Damage(
      testDescription: "protocol version", kind: WireKind(RequestMessage.self), bytes: request, offset: 3, byte: 2,
      error: .badMagic(0x4155_4702)),
    Damage(
      testDescription: "class of work", kind: WireKind(WorkHeader.self), bytes: work, offset: 24, byte: 4,
      error: outside("class", 4, "0 to 3")),
    Damage(
      testDescription: "remaining time of work", kind: WireKind(WorkHeader.self), bytes: work, offset: 16, byte: 0x80,
      error: .negativeTime(field: "remaining time", value: .min + 1000)),
    Damage(
      testDescription: "status of a result", kind: WireKind(ResultHeader.self), bytes: result, offset: 20, byte: 17,
      error: outside("status", 17, "0 to 16")),
    Damage(
      testDescription: "status of a reply", kind: WireKind(ReplyHeader.self), bytes: reply, offset: 16, byte: 255,
      error: outside("status", 255, "0 to 16")),
    Damage(
      testDescription: "interval of a join", kind: WireKind(JoinHeader.self), bytes: join, offset: 11, byte: 0,
      error: outside("heartbeat interval", 0, "1 to 3600000")),
    Damage(
      testDescription: "liveness of a join", kind: WireKind(JoinHeader.self), bytes: join, offset: 12, byte: 0,
      error: outside("liveness", 0, "1 or more")),
    Damage(
      testDescription: "name of a joining worker", kind: WireKind(JoinHeader.self), bytes: join, offset: 22,
      byte: UInt8(ascii: " "), error: .invalidName(field: "worker name")),
    Damage(
      testDescription: "host of a joining worker", kind: WireKind(JoinHeader.self), bytes: join, offset: 24,
      byte: 0xC0, error: .invalidText(field: "host")),
    Damage(
      testDescription: "interval of a welcome", kind: WireKind(WelcomeHeader.self), bytes: welcome, offset: 15,
      byte: 0, error: outside("heartbeat interval", 0, "1 to 3600000")),
    Damage(
      testDescription: "liveness of a welcome", kind: WireKind(WelcomeHeader.self), bytes: welcome, offset: 7, byte: 0,
      error: outside("liveness", 0, "1 or more")),
    Damage(
      testDescription: "credit of a ready worker", kind: WireKind(ReadyHeader.self), bytes: ready, offset: 13, byte: 0,
      error: outside("credit", 0, "1 or more")),
    Damage(
      testDescription: "instance of a pong", kind: WireKind(PingHeader.self), bytes: pong, offset: 23, byte: 0,
      error: outside("instance", 0, "any other number")),
  ]

  @Test("A field with a value it may not have is refused by name", arguments: damages)
  func badValueIsRefusedByName(damage: Damage) throws {
    var bytes = damage.bytes
    try damage.kind.read(bytes)
    bytes[damage.offset] = damage.byte
    #expect(throws: damage.error) { try damage.kind.read(bytes) }
  }

  @Test("A digest has 32 bytes or none")
  func digestHasItsLengthOrNone() throws {
    for length in [1, 31, 33, 255] {
      let header = ReadyHeader(
        session: SessionID(1), credit: 1, bulkCredit: 0, maxBatchSize: 1, loadMilliseconds: 0,
        digest: [UInt8](repeating: 0, count: length))
      #expect(throws: Self.outside("digest length", UInt64(length), "0 or 32")) {
        try ReadyHeader(decoding: header.encoded.span.bytes)
      }
    }
  }

  @Test("Text that is too long for its field is cut between two characters")
  func longTextIsCutBetweenCharacters() throws {
    let long = ErrorDetail(
      reason: String(repeating: "é", count: 200), message: "a" + String(repeating: "🙂", count: 20_000))
    let read = try ErrorDetail(decoding: long.encoded.span.bytes)
    #expect(read.reason == String(repeating: "é", count: 127))
    #expect(read.message == "a" + String(repeating: "🙂", count: 16_383))
    let exact = ErrorDetail(reason: String(repeating: "r", count: 255), message: String(repeating: "m", count: 65_535))
    #expect(try ErrorDetail(decoding: exact.encoded.span.bytes) == exact)
  }

  @Test("A ping's instance means nothing and is read as none")
  func pingHasNoInstance() throws {
    var bytes = PingHeader(nonce: 5).onWire
    bytes[20] = 1
    #expect(try PingHeader(decoding: bytes.span.bytes) == PingHeader(nonce: 5))
  }

  @Test("An error says what was there and what was expected")
  func errorsSayWhatWasExpected() {
    #expect(
      WireError.badMagic(0x4854_5450).description
        == "header begins with 0x48545450, expected 0x41554701 (\"AUG\", version 1)")
    #expect(
      WireError.negativeTime(field: "timeout", value: -5).description
        == "field 'timeout' is -5 microseconds, expected 0 or more, or -1 for none")
    #expect(
      WireError.invalidValue(field: "class", value: 9, expected: "0 to 3").description
        == "field 'class' is 9, expected 0 to 3")
    #expect(WireError.unexpectedCommand(.brokerHeartbeat).description.contains("BROKER_HEARTBEAT"))
    #expect(
      WireError.invalidName(field: "version selector", mayBeEmpty: true).description
        == "field 'version selector' must be empty or 1 to 128 bytes of A-Z a-z 0-9 . _ -")
    #expect(
      WireError.truncated(field: "request id", needed: 8, available: 3).description
        == "part ends inside field 'request id': 8 bytes needed, 3 left")
  }
}
