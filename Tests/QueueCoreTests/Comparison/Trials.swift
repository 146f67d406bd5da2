import QueueCore

/// Random outcomes for simulations.
struct Trials {
  private var random: SplitMix64

  init(seed: UInt64) {
    self.random = SplitMix64(seed: seed)
  }

  /// True with this probability; 0 and 1 are exact.
  mutating func happens(_ probability: Double) -> Bool {
    self.uniform() < probability
  }

  /// A number of 0..<1.
  mutating func uniform() -> Double {
    Double(self.random.next() >> 11) * 0x1p-53
  }

  /// The sum of four uniform numbers less their mean: bell-shaped, mean 0, variance ⅓.
  mutating func bell() -> Double {
    self.uniform() + self.uniform() + self.uniform() + self.uniform() - 2
  }
}

/// Whether two numbers are the same but for the last digits.
func isClose(_ left: Double, _ right: Double, within tolerance: Double = 1e-9) -> Bool {
  (left - right).magnitude <= tolerance * max(1, left.magnitude, right.magnitude)
}
