/// The SplitMix64 generator: small, fast, and the same sequence for the same seed everywhere.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Makes a generator whose whole sequence follows from `seed`.
  public init(seed: UInt64) {
    self.state = seed
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    self.state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = self.state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// True once in `oneIn` times on average; never if `oneIn` is 0.
  public mutating func chance(oneIn: Int) -> Bool {
    oneIn > 0 && Int.random(in: 0..<oneIn, using: &self) == 0
  }
}
