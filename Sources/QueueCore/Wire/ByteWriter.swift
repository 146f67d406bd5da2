/// Builds header parts that are longer than a ``ShortHeader``, in network byte order.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  init(_ prefix: Prefix) {
    self.bytes.reserveCapacity(96)
    self.bytes.append(contentsOf: prefix.encoded)
  }

  init() {}

  mutating func write<Value: FixedWidthInteger>(_ value: Value) {
    var shift = Value.bitWidth
    while shift > 0 {
      shift -= 8
      self.bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  /// A length byte and at most 255 bytes; longer input is cut at a character's border.
  mutating func writeShort(_ text: String) {
    let cut = Self.cut(text, to: 255)
    self.bytes.append(UInt8(cut.count))
    self.bytes.append(contentsOf: cut)
  }

  /// A two-byte length and at most 65,535 bytes; longer input is cut at a character's border.
  mutating func writeLong(_ text: String) {
    let cut = Self.cut(text, to: 65_535)
    self.write(UInt16(cut.count))
    self.bytes.append(contentsOf: cut)
  }

  mutating func writeShort(_ bytes: [UInt8]) {
    precondition(bytes.count <= 255, "a short field holds 255 bytes")
    self.bytes.append(UInt8(bytes.count))
    self.bytes.append(contentsOf: bytes)
  }

  private static func cut(_ text: String, to limit: Int) -> Substring.UTF8View {
    let utf8 = text.utf8
    guard utf8.count > limit else { return text[...].utf8 }
    var end = utf8.index(utf8.startIndex, offsetBy: limit)
    while end > utf8.startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
    return text[..<end].utf8
  }
}
