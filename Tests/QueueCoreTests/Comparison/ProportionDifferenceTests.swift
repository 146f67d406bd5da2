import RealModule
import Testing

@testable import QueueCore

@Suite struct ProportionDifferenceTests {
  /// Events and trials of baseline and candidate, α, and the interval that a search of SciPy's found from the
  /// definition.
  private static let reference: [(counts: [UInt64], alpha: Double, low: Double, high: Double, equality: Double)] = [
    ([30, 1000, 60, 1000], 0.05, -0.012266036607376499, 0.07526756800496091, -2.029092278209106),
    ([5, 9500, 4, 500], 0.05, -0.000973753889175363, 0.042635446666372846, -2.0873186403476787),
    ([0, 200, 0, 200], 0.05, -0.04610353899018599, 0.04610353899018599, -6.444297251095376),
    ([90, 100, 700, 1000], 0.01, -0.3195748197780425, 0.0007004381252087808, 4.542178420644568),
  ]

  private static func difference(_ counts: [UInt64]) throws -> ProportionDifference {
    ProportionDifference(
      baseline: try #require(BinaryTally(events: counts[0], trials: counts[1])),
      candidate: try #require(BinaryTally(events: counts[2], trials: counts[3])))
  }

  @Test func theIntervalIsWhatTheDefinitionGives() throws {
    for row in Self.reference {
      let difference = try Self.difference(row.counts)
      let interval = difference.interval(alpha: row.alpha)
      #expect(isClose(interval.low, row.low, within: 1e-7), "\(row): \(interval)")
      #expect(isClose(interval.high, row.high, within: 1e-7), "\(row): \(interval)")
      #expect(isClose(difference.logEvidenceAgainstEquality, row.equality, within: 1e-6))
    }
  }

  /// The test of equality and the interval are two views of one thing.
  @Test func equalityIsRejectedExactlyWhenTheIntervalLeavesZeroOut() {
    var trials = Trials(seed: 7)
    var rejections = 0
    for _ in 0..<500 {
      let counts = (0..<2).compactMap { _ -> BinaryTally? in
        let size = UInt64(1 + trials.uniform() * 3000)
        return BinaryTally(events: UInt64(trials.uniform() * trials.uniform() * Double(size)), trials: size)
      }
      let difference = ProportionDifference(baseline: counts[0], candidate: counts[1])
      let interval = difference.interval(alpha: 0.05)
      let isRejected = difference.logEvidenceAgainstEquality >= -Double.log(0.05)
      #expect(isRejected == !interval.contains(0))
      #expect(interval.contains((counts[1].rate ?? 0) - (counts[0].rate ?? 0)))
      rejections += isRejected ? 1 : 0
    }
    #expect((50...450).contains(rejections))
  }

  @Test func withoutTrialsOfOneSideAnythingIsPossible() throws {
    #expect(try Self.difference([0, 0, 0, 0]).interval(alpha: 0.05) == Interval(low: -1, high: 1))
    let oneSided = try Self.difference([10, 1000, 0, 0]).interval(alpha: 0.05)
    #expect(oneSided.low < 0 && oneSided.high > 0.9)
  }

  @Test func rulingPairsOutTogetherIsSharperThanOneByOne() throws {
    let difference = try Self.difference([500, 10_000, 520, 10_000])
    let joint = difference.interval(alpha: 0.05)
    let apart =
      BetaBinomialMixture.interval(difference.candidate, alpha: 0.025)
      - BetaBinomialMixture.interval(difference.baseline, alpha: 0.025)
    // The number of observations that are needed goes with the square of the width.
    #expect(joint.width * joint.width < 0.8 * apart.width * apart.width)
  }

  @Test func extremeRatesAreNoTrouble() throws {
    let opposite = try Self.difference([0, 500, 500, 500]).interval(alpha: 0.05)
    #expect(opposite.low > 0.9 && opposite.high == 1)
    let reversed = try Self.difference([500, 500, 0, 500]).interval(alpha: 0.05)
    #expect(reversed.low == -1 && reversed.high < -0.9)
    let bothFull = try Self.difference([500, 500, 500, 500]).interval(alpha: 0.05)
    #expect(bothFull.contains(0) && bothFull.width < 0.1)
  }

  /// Looks after every trial; counts the runs in which the true difference was ever left out.
  @Test(arguments: [(0.3, 0.1, 0.5), (0.02, 0.2, 0.1), (0.0, 0.5, 0.5)])
  func theTrueDifferenceIsEverLeftOutInAtMostAlphaOfAllRuns(baseline: Double, candidate: Double, share: Double) {
    var trials = Trials(seed: 17)
    let runs = 100
    var missed = 0
    for _ in 0..<runs {
      var tallies = [BinaryTally(), BinaryTally()]
      for _ in 0..<250 {
        let side = trials.happens(share) ? 1 : 0
        tallies[side].record(trials.happens(side == 1 ? candidate : baseline))
        let difference = ProportionDifference(baseline: tallies[0], candidate: tallies[1])
        if difference.logEvidence(againstDifference: candidate - baseline) >= -Double.log(0.05) {
          missed += 1
          break
        }
      }
    }
    #expect(Double(missed) <= 0.05 * Double(runs), "missed \(missed) of \(runs)")
  }
}
