/// Broker to worker: you are joined. Payload: one ``Artifact`` part if JOIN asked for it, else none.
public struct WelcomeHeader: Hashable, Sendable, BitwiseCopyable {
  /// The token that the worker puts into everything it sends from now on.
  public var session: SessionID
  /// The interval at which the broker will send heartbeats.
  public var heartbeatMilliseconds: UInt32
  /// Heartbeats that may be missed before the broker is taken for dead.
  public var liveness: UInt8
  /// Payload parts that follow.
  public var parts: Int

  /// Welcomes a worker.
  public init(session: SessionID, heartbeatMilliseconds: UInt32, liveness: UInt8, parts: Int = 0) {
    self.session = session
    self.heartbeatMilliseconds = heartbeatMilliseconds
    self.liveness = liveness
    self.parts = parts
  }

  /// Reads a WELCOME header part. Throws ``WireError``.
  public init(decoding header: RawSpan) throws(WireError) {
    var reader = ByteReader(header)
    let prefix = try reader.expect(.welcome)
    self.liveness = prefix.extra
    self.parts = Int(prefix.parts)
    self.session = SessionID(try reader.readUInt32("session"))
    self.heartbeatMilliseconds = try reader.readUInt32("heartbeat interval")
    try ByteReader.requireInterval(self.heartbeatMilliseconds)
    try ByteReader.requirePositive(UInt64(self.liveness), "liveness")
  }

  /// The header part.
  public var encoded: ShortHeader {
    var header = Prefix(.welcome, parts: self.parts, extra: self.liveness).short
    header.append(self.session.rawValue)
    header.append(self.heartbeatMilliseconds)
    return header
  }
}

/// The commands whose only field is a session: HEARTBEAT (both ways), DRAINING, GOODBYE, DRAIN.
///
/// A worker's HEARTBEAT has one payload part, its ``WorkerFigures``; the others have none.
public struct SessionHeader: Hashable, Sendable, BitwiseCopyable {
  /// Which of the five.
  public var command: Command
  /// The session it belongs to.
  public var session: SessionID
  /// Payload parts that follow.
  public var parts: Int

  /// Makes one of the five.
  public init(_ command: Command, session: SessionID, parts: Int = 0) {
    self.command = command
    self.session = session
    self.parts = parts
  }

  /// Reads the header part. Throws ``WireError``.
  public init(decoding header: RawSpan) throws(WireError) {
    var reader = ByteReader(header)
    let prefix = try Prefix(from: &reader)
    switch prefix.command {
    case .heartbeat, .draining, .goodbye, .brokerHeartbeat, .drain: self.command = prefix.command
    default: throw .unexpectedCommand(prefix.command)
    }
    self.parts = Int(prefix.parts)
    self.session = SessionID(try reader.readUInt32("session"))
  }

  /// The header part.
  public var encoded: ShortHeader {
    var header = Prefix(self.command, parts: self.parts).short
    header.append(self.session.rawValue)
    return header
  }
}

/// Broker to worker: you are not, or no longer, a member. Nothing follows it.
///
/// `ABORTED` invites the worker to join anew (the broker lost or never had its session); every other code is final.
public struct DisconnectHeader: Hashable, Sendable {
  /// The code.
  public var status: StatusCode
  /// Why, for programs and for people.
  public var detail: ErrorDetail

  /// Refuses a worker.
  public init(status: StatusCode, detail: ErrorDetail) {
    self.status = status
    self.detail = detail
  }

  /// Reads a DISCONNECT header part. Throws ``WireError``.
  public init(decoding header: RawSpan) throws(WireError) {
    var reader = ByteReader(header)
    _ = try reader.expect(.disconnect)
    self.status = try reader.readStatus()
    self.detail = ErrorDetail(
      reason: try reader.readShortText("reason"), message: try reader.readLongText("message"))
  }

  /// The header part.
  public var encoded: [UInt8] {
    var writer = ByteWriter(Prefix(.disconnect))
    writer.write(self.status.rawValue)
    writer.writeShort(self.detail.reason)
    writer.writeLong(self.detail.message)
    return writer.bytes
  }
}

extension ByteReader {
  mutating func readName(_ field: String) throws(WireError) -> String {
    let text = try self.readShortText(field)
    guard Names.isValid(text) else { throw .invalidName(field: field) }
    return text
  }

  /// An interval so long that a dead peer would not be noticed is as useless as none.
  static func requireInterval(_ milliseconds: UInt32) throws(WireError) {
    guard (1...3_600_000).contains(milliseconds) else {
      throw .invalidValue(field: "heartbeat interval", value: UInt64(milliseconds), expected: "1 to 3600000")
    }
  }

  static func requirePositive(_ value: UInt64, _ field: String) throws(WireError) {
    guard value > 0 else { throw .invalidValue(field: field, value: 0, expected: "1 or more") }
  }
}
