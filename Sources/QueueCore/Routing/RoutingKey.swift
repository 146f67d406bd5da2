/// What a routed request is hashed by: the client's routing key or, without one, who asks and for which request.
public struct RoutingKey: Hashable, Sendable, BitwiseCopyable {
  /// Bytes of the longest key a client may send.
  public static let maximumBytes = 128

  /// The key's bytes in 64 well mixed bits. Of two different keys, chance makes 1 pair in 2⁶⁴ share them.
  public let digest: UInt64

  /// The key that these bytes are.
  public init(_ bytes: RawSpan) {
    // The length goes in first, so that a key and the same key with zeros behind it differ.
    var hash = Self.mix(UInt64(truncatingIfNeeded: bytes.byteCount) &+ 0x9E37_79B9_7F4A_7C15)
    var offset = 0
    while offset + 8 <= bytes.byteCount {
      hash = Self.mix(hash ^ UInt64(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)))
      offset += 8
    }
    if offset < bytes.byteCount {
      var word: UInt64 = 0
      for index in offset..<bytes.byteCount {
        word = word << 8 | UInt64(bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self))
      }
      hash = Self.mix(hash ^ word)
    }
    self.digest = hash
  }

  /// The key that this text is, by its UTF-8.
  public init(_ text: String) {
    self.init(Array(text.utf8).span.bytes)
  }

  /// The key that a number is.
  public init(number: UInt64) {
    self.digest = Self.mix(number &+ 0x9E37_79B9_7F4A_7C15)
  }

  /// The key of one of many things that belong to this one.
  func with(_ number: UInt64) -> RoutingKey { RoutingKey(number: Self.mix(self.digest ^ number)) }

  /// The slot that a route with this salt puts the key into.
  func slot(salt: UInt64) -> Int {
    Int(truncatingIfNeeded: self.hash(salt: salt) % UInt64(SlotAssignment.slotCount))
  }

  /// 64 bits that differ, as if at random, for every salt.
  func hash(salt: UInt64) -> UInt64 { Self.mix(self.digest ^ Self.mix(salt)) }

  /// The finaliser of SplitMix64 (see ``SplitMix64``): one-to-one, and each bit in changes half of the bits out.
  private static func mix(_ value: UInt64) -> UInt64 {
    var mixed = value
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
