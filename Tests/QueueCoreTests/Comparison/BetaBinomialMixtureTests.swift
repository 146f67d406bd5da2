import RealModule
import Testing

@testable import QueueCore

@Suite struct BetaBinomialMixtureTests {
  /// Computed from the definition with SciPy's `betaln` and `brentq`, the last row with mpmath to 50 digits.
  private static let reference: [(events: UInt64, trials: UInt64, alpha: Double, low: Double, high: Double)] = [
    (0, 1, 0.05, 0, 0.975),
    (0, 100, 0.05, 0, 0.05702859763877235),
    (3, 100, 0.05, 0.0018790606323805525, 0.12294888560893345),
    (50, 100, 0.05, 0.3382575526457916, 0.6617424473542083),
    (100, 100, 0.05, 0.9429714023612275, 1),
    (12345, 1_000_000, 0.025, 0.011838296398266617, 0.012865776878022896),
    (1, 1_000_000_000, 0.05, 4.4603122814926635e-16, 1.7484173266742099e-08),
  ]

  @Test func theIntervalIsWhatTheDefinitionGives() throws {
    for row in Self.reference {
      let tally = try #require(BinaryTally(events: row.events, trials: row.trials))
      let interval = BetaBinomialMixture.interval(tally, alpha: row.alpha)
      // The counts of the last rows cost digits of the gamma functions, on either side.
      #expect(row.low > 0 ? isClose(interval.low / row.low, 1, within: 1e-5) : interval.low == 0, "\(row): \(interval)")
      #expect(isClose(interval.high / row.high, 1, within: 1e-5), "\(row): \(interval)")
    }
  }

  @Test func nothingIsKnownWithoutTrials() {
    #expect(BetaBinomialMixture.interval(BinaryTally(), alpha: 0.05) == Interval(low: 0, high: 1))
  }

  @Test func theIntervalHoldsTheRateAndShrinksAsTrialsGrow() throws {
    for rate in [0, 1, 30, 500, 970, 1000] as [UInt64] {
      var last = 1.0
      for scale in [1, 10, 1000, 1_000_000] as [UInt64] {
        let tally = try #require(BinaryTally(events: rate * scale, trials: 1000 * scale))
        let interval = BetaBinomialMixture.interval(tally, alpha: 0.05)
        #expect(interval.contains(Double(rate) / 1000))
        #expect(interval.width < last)
        last = interval.width
      }
    }
  }

  @Test func whatIsImpossibleIsRuledOutAtOnce() throws {
    let tally = try #require(BinaryTally(events: 1, trials: 2))
    #expect(BetaBinomialMixture.logEvidence(against: 0, tally) == .infinity)
    #expect(BetaBinomialMixture.logEvidence(against: 1, tally) == .infinity)
  }

  /// Looks after every trial; counts the runs in which the truth was ever left out.
  @Test(arguments: [0.0, 0.002, 0.05, 0.5, 0.97, 1.0])
  func theTruthIsEverLeftOutInAtMostAlphaOfAllRuns(probability: Double) {
    let alpha = 0.05
    let runs = 400
    var missed = 0
    var trials = Trials(seed: 1)
    for _ in 0..<runs {
      var tally = BinaryTally()
      for _ in 0..<2000 {
        tally.record(trials.happens(probability))
        if BetaBinomialMixture.logEvidence(against: probability, tally) >= -Double.log(alpha) {
          missed += 1
          break
        }
      }
    }
    #expect(Double(missed) <= alpha * Double(runs), "missed \(missed) of \(runs)")
  }
}
