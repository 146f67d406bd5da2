/// A 16-bit float with the exponent range of `Float` and 7 bits of fraction.
public struct BFloat16: BitwiseCopyable, Hashable, Sendable {
  /// Sign, 8 bits of exponent, 7 of fraction: the upper half of a `Float`.
  public var bitPattern: UInt16

  /// Takes the bits as they are.
  public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

  /// Rounds to the nearest value, ties to even; too large becomes infinite and NaN stays NaN.
  public init(_ value: Float) {
    if value.isNaN {
      self.bitPattern = UInt16(truncatingIfNeeded: value.bitPattern >> 16) | 0x0040
      return
    }
    let odd = value.bitPattern >> 16 & 1
    self.bitPattern = UInt16(truncatingIfNeeded: (value.bitPattern &+ 0x7fff &+ odd) >> 16)
  }

  /// The same value as a `Float`, exactly.
  public var float: Float { Float(bitPattern: UInt32(self.bitPattern) << 16) }
}
