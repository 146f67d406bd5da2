import QueueCore

// Draws of our own rather than the standard library's, so that a seed means the same world on every toolchain.
extension SplitMix64 {
  /// A number below `bound`, which is above 0.
  mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "there is a number below the bound")
    return Int(self.next() % UInt64(bound))
  }

  /// A number of the range.
  mutating func within(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + self.below(range.count)
  }

  /// True so many times in a hundred.
  mutating func percent(_ share: Int) -> Bool {
    self.below(100) < share
  }

  /// A number of the range whose order of magnitude is as likely as any other.
  mutating func withinMagnitudes(_ range: ClosedRange<Int>) -> Int {
    precondition(range.lowerBound > 0, "zero has no magnitude")
    var upper = range.lowerBound
    var choices = 1
    while upper < range.upperBound / 2 {
      upper *= 2
      choices += 1
    }
    let low = range.lowerBound << self.below(choices)
    return self.within(low...max(low, min(range.upperBound, low * 2)))
  }

  /// An index, drawn by weight.
  mutating func weighted(_ weights: [Int]) -> Int {
    var rest = self.below(max(1, weights.reduce(0, +)))
    for (index, weight) in weights.enumerated() {
      if rest < weight { return index }
      rest -= weight
    }
    return 0
  }

  /// One of several.
  mutating func one<Element>(of list: [Element]) -> Element {
    list[self.below(list.count)]
  }

  /// A pause in nanoseconds that is `meanMicroseconds` long on average.
  mutating func pause(meanMicroseconds: Int) -> UInt64 {
    UInt64(self.below(2 * meanMicroseconds + 1)) * Time.microsecond
  }
}
