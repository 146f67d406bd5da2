/// The first eight bytes of every header part: `AUG`, version, command, flags, number of payload parts, extra.
///
/// A message is a sequence of *units*: a header part and as many payload parts as the header announces. One message
/// may carry several units (work for one worker, results of one worker, replies to one client).
public struct Prefix: Hashable, Sendable, BitwiseCopyable {
  /// `AUG` and protocol version 1.
  public static let magic: UInt32 = 0x4155_4701
  /// Bytes of the prefix.
  public static let byteCount = 8
  /// Parts of content that one unit may have.
  public static let maximumContentParts = 64
  /// Parts of JSON Lines that one request may have: the reply has two for each.
  public static let maximumLinesParts = Self.maximumContentParts / 2
  /// Payload parts that one unit may have: the content, and a reply's origin.
  public static let maximumParts = Self.maximumContentParts + 1

  /// What the unit asks or tells.
  public var command: Command
  /// Bits whose meaning depends on the command.
  public var flags: UInt8
  /// Payload parts that follow the header part.
  public var parts: UInt8
  /// A byte whose meaning depends on the command (a request's class, a reply's attempts).
  public var extra: UInt8

  /// Makes a prefix.
  public init(_ command: Command, flags: UInt8 = 0, parts: Int = 0, extra: UInt8 = 0) {
    self.command = command
    self.flags = flags
    self.parts = UInt8(clamping: parts)
    self.extra = extra
  }

  /// Reads the prefix of a header part. Throws ``WireError`` if it is none of ours.
  public init(decoding header: RawSpan) throws(WireError) {
    var reader = ByteReader(header)
    try self.init(from: &reader)
  }

  @inline(__always)
  init(from reader: inout ByteReader) throws(WireError) {
    let magic = try reader.readUInt32("magic")
    guard magic == Self.magic else { throw .badMagic(magic) }
    let code = try reader.readUInt8("command")
    guard let command = Command(rawValue: code) else { throw .unknownCommand(code) }
    self.command = command
    self.flags = try reader.readUInt8("flags")
    self.parts = try reader.readUInt8("parts")
    guard self.parts <= Self.maximumParts else {
      throw .invalidValue(field: "parts", value: UInt64(self.parts), expected: "at most \(Self.maximumParts)")
    }
    self.extra = try reader.readUInt8("extra")
  }

  var short: ShortHeader {
    var header = ShortHeader()
    header.append(Self.magic)
    header.append(self.command.rawValue)
    header.append(self.flags)
    header.append(self.parts)
    header.append(self.extra)
    return header
  }

  /// The prefix's own eight bytes: the whole header of commands without fields.
  public var encoded: [UInt8] { self.short.array }
}

extension ByteReader {
  /// Reads the prefix of a unit whose payload is all content, and insists on the command.
  @inline(__always)
  mutating func expectContent(_ command: Command) throws(WireError) -> Prefix {
    let prefix = try self.expect(command)
    guard prefix.parts <= Prefix.maximumContentParts else {
      throw .tooManyParts(limit: Prefix.maximumContentParts)
    }
    return prefix
  }

  /// Reads the prefix and insists on the command.
  @inline(__always)
  mutating func expect(_ command: Command) throws(WireError) -> Prefix {
    let prefix = try Prefix(from: &self)
    guard prefix.command == command else { throw .unexpectedCommand(prefix.command) }
    return prefix
  }
}
