import Testing

@testable import QueueCore

@Suite struct AsymptoticSequenceTests {
  @Test func theIntervalIsThatOfThePaper() throws {
    // Computed with NumPy from the paper's formula.
    var moments = Moments()
    for index in 0..<1000 { moments.add(Double((index * 37) % 101) / 101 * 0.4 + 0.1) }
    #expect(isClose(moments.mean, 0.29805940594059405))
    #expect(isClose(moments.variance, 0.013354704832859525))
    let interval = try #require(AsymptoticSequence.interval(moments, alpha: 0.05))
    #expect(isClose(interval.low, 0.2869666434369709))
    #expect(isClose(interval.high, 0.30915216844421717))
  }

  @Test func nothingIsSaidFromFewOrEqualNumbers() {
    var moments = Moments()
    for index in 0..<99 { moments.add(Double(index)) }
    #expect(AsymptoticSequence.interval(moments, alpha: 0.05) == nil)
    moments.add(99)
    #expect(AsymptoticSequence.interval(moments, alpha: 0.05) != nil)
    var equal = Moments()
    for _ in 0..<1000 { equal.add(3) }
    #expect(AsymptoticSequence.interval(equal, alpha: 0.05) == nil)
  }

  /// Not promised for any number of observations, but so it is for well-behaved ones.
  @Test func theMeanOfWellBehavedNumbersIsRarelyLeftOut() {
    var trials = Trials(seed: 5)
    let runs = 500
    var missed = 0
    for _ in 0..<runs {
      var moments = Moments()
      for _ in 0..<2000 {
        moments.add(10 + 3 * trials.bell())
        if let interval = AsymptoticSequence.interval(moments, alpha: 0.05), !interval.contains(10) {
          missed += 1
          break
        }
      }
    }
    #expect(Double(missed) <= 0.05 * Double(runs), "missed \(missed) of \(runs)")
  }

  @Test func momentsOfPartsAddUpToThoseOfTheWhole() {
    var trials = Trials(seed: 6)
    for _ in 0..<50 {
      var whole = Moments()
      var parts = [Moments(), Moments(), Moments()]
      // Far from zero, where sums of squares would have no digits left.
      for _ in 0..<200 {
        let value = 1e9 + trials.bell()
        whole.add(value)
        parts[Int(trials.uniform() * 2.5)].add(value)
      }
      var sum = Moments()
      for part in parts { sum.merge(part) }
      #expect(sum.count == whole.count)
      #expect(isClose(sum.mean, whole.mean, within: 1e-14))
      #expect(isClose(sum.variance, whole.variance, within: 1e-5))
      #expect((0.1...0.6).contains(sum.variance))
    }
  }

  @Test func momentsThatNoNumbersHaveAreRefused() {
    #expect(Moments(count: 0, mean: 1, squaredDeviations: 0) == nil)
    #expect(Moments(count: 3, mean: .nan, squaredDeviations: 0) == nil)
    #expect(Moments(count: 3, mean: 1, squaredDeviations: -1) == nil)
    #expect(Moments(count: 3, mean: 1, squaredDeviations: .infinity) == nil)
    #expect(Moments(count: 3, mean: 1, squaredDeviations: 2)?.count == 3)
  }
}
