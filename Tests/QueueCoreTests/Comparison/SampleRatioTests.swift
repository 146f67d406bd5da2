import Foundation
import QueueCore
import Testing

@Suite struct SampleRatioTests {
  private static func test(weights: [UInt64], counts: [UInt64]) -> SampleRatioTest {
    var test = SampleRatioTest(weights: weights)
    for (index, count) in counts.enumerated() { test.record(variant: index, requests: count) }
    return test
  }

  /// Computed with SciPy's `gammaln` from the definition.
  @Test(
    arguments: [
      ([1, 1], [100, 0], 4.508210401108954), ([50, 50], [5100, 4900], 0.6192724242864642),
      ([95, 5], [9300, 700], 33.19647742813686), ([1, 2, 97], [10, 20, 970], -0.6993957427148416),
    ] as [([UInt64], [UInt64], Double)])
  func theEvidenceIsWhatTheDefinitionGives(weights: [UInt64], counts: [UInt64], expected: Double) {
    #expect(isClose(Self.test(weights: weights, counts: counts).logEvidence, expected, within: 1e-8))
  }

  /// Looks after every request, with weights that change on the way.
  @Test func theRightWeightsAreDoubtedInAtMostAlphaOfAllRuns() {
    var trials = Trials(seed: 8)
    let runs = 400
    var doubted = 0
    for _ in 0..<runs {
      var test = SampleRatioTest(weights: [95, 5])
      var share = 0.05
      for request in 0..<2000 {
        if request == 1000 {
          test.change(weights: [3, 1])
          share = 0.25
        }
        test.record(variant: trials.happens(share) ? 1 : 0)
        if test.isMismatch(alpha: 0.05) {
          doubted += 1
          break
        }
      }
    }
    #expect(Double(doubted) <= 0.05 * Double(runs), "\(doubted) of \(runs)")
  }

  @Test func aVersionThatLosesATenthOfItsRequestsIsNoticed() {
    var trials = Trials(seed: 9)
    for _ in 0..<20 {
      var test = SampleRatioTest(weights: [1, 1])
      for _ in 0..<30_000 {
        let variant = trials.happens(0.5) ? 1 : 0
        if variant == 1, trials.happens(0.1) { continue }
        test.record(variant: variant)
      }
      #expect(test.isMismatch(alpha: 0.05))
    }
  }

  @Test func requestsOfAVariantWithoutWeightAreAMismatchForGood() throws {
    var test = Self.test(weights: [100, 0], counts: [50, 1])
    #expect(test.isMismatch(alpha: 1e-9))
    test.change(weights: [1, 1])
    test.record(variant: 0)
    let stored = try JSONDecoder().decode(SampleRatioTest.self, from: JSONEncoder().encode(test))
    #expect(stored == test)
    #expect(stored.isMismatch(alpha: 1e-9))
  }

  @Test func withoutWeightsOrRequestsThereIsNothingToDoubt() {
    #expect(!Self.test(weights: [], counts: []).isMismatch(alpha: 0.05))
    #expect(!Self.test(weights: [0, 0], counts: [5, 5]).isMismatch(alpha: 0.05))
    var test = SampleRatioTest(weights: [1, 1])
    test.record(variant: 2)
    test.record(variant: -1)
    #expect(test.logEvidence == 0)
  }
}
