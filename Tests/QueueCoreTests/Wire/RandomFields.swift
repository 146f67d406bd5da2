import QueueCore

/// Values for the fields of messages: every width and length, the extremes more often than chance would have them.
extension SplitMix64 {
  mutating func number<Value: FixedWidthInteger & UnsignedInteger>(_ type: Value.Type = Value.self) -> Value {
    let drawn = self.next()
    switch self.next() % 8 {
    case 0: return .min
    case 1: return .max
    case 2: return Value(truncatingIfNeeded: drawn % 16)
    default: return Value(truncatingIfNeeded: drawn)
    }
  }

  mutating func element<Elements: RandomAccessCollection>(of elements: Elements) -> Elements.Element {
    let offset = Int.random(in: 0..<elements.count, using: &self)
    return elements[elements.index(elements.startIndex, offsetBy: offset)]
  }

  /// How many parts of content a unit has.
  mutating func parts() -> Int { Int.random(in: 0...Prefix.maximumContentParts, using: &self) }

  mutating func timeout() -> Int64 {
    switch self.next() % 4 {
    case 0: RequestHeader.noTimeout
    case 1: 0
    case 2: .max
    default: Int64.random(in: 0...60_000_000, using: &self)
    }
  }

  mutating func name() -> String {
    let length = self.chance(oneIn: 4) ? Names.maximumBytes : Int.random(in: 1...Names.maximumBytes, using: &self)
    return String(decoding: (0..<length).map { _ in self.element(of: Self.nameBytes) }, as: UTF8.self)
  }

  /// Text of at most so many bytes of UTF-8, with characters of every encoded length.
  mutating func text(maximumBytes: Int = 255) -> String {
    let wanted = Int.random(in: 0...maximumBytes, using: &self)
    var bytes: [UInt8] = []
    while true {
      let character = self.element(of: Self.textCharacters)
      guard bytes.count + character.count <= wanted else { return String(decoding: bytes, as: UTF8.self) }
      bytes += character
    }
  }

  mutating func digest() -> [UInt8] {
    self.chance(oneIn: 3) ? [] : self.bytes(count: 32)
  }

  mutating func bytes(count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: self.next()) }
  }

  private static let nameBytes = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-".utf8)
  private static let textCharacters = "aZ0 .\"\\\u{0}\néß漢字🙂".map { Array($0.utf8) }
}
