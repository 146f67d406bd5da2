import QueueCore

/// The parts of one message, as they travel.
typealias Message = [[UInt8]]

/// A header part and the payload parts it announces.
struct Unit {
  var prefix: Prefix
  var header: [UInt8]
  var parts: Message
}

/// Cuts a message into units, the way every driver does.
struct Units {
  private var rest: ArraySlice<[UInt8]>

  init(_ message: Message) {
    self.rest = message[...]
  }

  /// The header of the next unit, whatever its state; nil at the end.
  var nextHeader: [UInt8]? { self.rest.first }

  /// The next unit, or nil at the end. Throws if the borders of the units are lost from here on.
  mutating func next() throws(WireError) -> Unit? {
    guard let header = self.rest.first else { return nil }
    let prefix = try Prefix(decoding: header.span.bytes)
    let following = self.rest.dropFirst()
    let announced = Int(prefix.parts)
    guard following.count >= announced else {
      throw .missingParts(announced: announced, present: following.count)
    }
    self.rest = following.dropFirst(announced)
    return Unit(prefix: prefix, header: header, parts: Array(following.prefix(announced)))
  }
}

/// What a simulated worker puts at the end of every result: which lease it is for and who made it.
struct Stamp: Hashable {
  static let byteCount = 21
  /// Stands for a maker that does not know which request it answers.
  static let noToken = UInt64.max

  var work: UInt64
  var attempt: UInt8
  /// The worker's process.
  var maker: UInt32
  /// The token of the request it answers.
  var token: UInt64

  init(work: WorkID, attempt: UInt8, maker: UInt32, token: UInt64) {
    self.work = work.rawValue
    self.attempt = attempt
    self.maker = maker
    self.token = token
  }

  /// Reads the stamp of a result; nil if it has none.
  init?(_ parts: Message) {
    guard let last = parts.last, last.count >= Self.byteCount else { return nil }
    let bytes = last.suffix(Self.byteCount)
    self.work = bytes.prefix(8).bigEndianValue
    self.attempt = UInt8(truncatingIfNeeded: bytes.dropFirst(8).prefix(1).bigEndianValue)
    self.maker = UInt32(truncatingIfNeeded: bytes.dropFirst(9).prefix(4).bigEndianValue)
    self.token = bytes.suffix(8).bigEndianValue
  }

  var bytes: [UInt8] {
    self.work.bigEndianBytes + [self.attempt] + self.maker.bigEndianBytes + self.token.bigEndianBytes
  }
}

/// What a simulated request carries: who asks what, and whether it kills whoever computes it.
enum RequestBody {
  static let poison: UInt8 = 0xDD

  static func parts(token: UInt64, isPoison: Bool, bytes: Int, parts: Int) -> Message {
    guard parts > 0 else { return [] }
    let first = token.bigEndianBytes + [isPoison ? Self.poison : 0] + [UInt8](repeating: 0x2E, count: bytes)
    return [first] + Message(repeating: [UInt8(truncatingIfNeeded: parts)], count: parts - 1)
  }

  /// The token, if there is content to tell it.
  static func token(_ parts: Message) -> UInt64 {
    guard let first = parts.first, first.count >= 8 else { return Stamp.noToken }
    return first.prefix(8).bigEndianValue
  }

  static func isPoison(_ parts: Message) -> Bool {
    parts.first?.dropFirst(8).first == Self.poison
  }
}

extension FixedWidthInteger {
  fileprivate var bigEndianBytes: [UInt8] {
    stride(from: Self.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self >> Self($0)) }
  }
}

extension Collection<UInt8> {
  fileprivate var bigEndianValue: UInt64 {
    self.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
