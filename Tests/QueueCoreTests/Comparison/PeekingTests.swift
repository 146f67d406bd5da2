import RealModule
import Testing

@testable import QueueCore

/// What continuous monitoring does to the test of two versions: nothing, if they are alike, and it ends early if they
/// are not.
@Suite struct PeekingTests {
  private struct Setting {
    var baseline: Double
    var candidate: Double
    var candidateShare = 0.5
    var requests: Int
    var runs: Int
  }

  /// In each run every request is followed by a look; returns after how many requests each run found a difference, nil
  /// for those that never did.
  private static func firstRejections(_ setting: Setting, alpha: Double, seed: UInt64) -> [Int?] {
    let limit = -Double.log(alpha)
    var trials = Trials(seed: seed)
    return (0..<setting.runs).map { _ in
      var baseline = BinaryTally()
      var candidate = BinaryTally()
      for request in 1...setting.requests {
        if trials.happens(setting.candidateShare) {
          candidate.record(trials.happens(setting.candidate))
        } else {
          baseline.record(trials.happens(setting.baseline))
        }
        let difference = ProportionDifference(baseline: baseline, candidate: candidate)
        if difference.logEvidenceAgainstEquality >= limit { return request }
      }
      return nil
    }
  }

  /// An A/A test: 2,000 runs of 3,000 requests, looked at after each.
  @Test func alikeVersionsAreFoundDifferentInAtMostAlphaOfAllRuns() {
    let setting = Setting(baseline: 0.1, candidate: 0.1, requests: 3000, runs: 2000)
    let rejections = Self.firstRejections(setting, alpha: 0.05, seed: 11).count { $0 != nil }
    #expect(Double(rejections) <= 0.05 * Double(setting.runs), "\(rejections) of \(setting.runs)")
  }

  /// The same with a test that is made for one look, to show that the simulation would notice.
  @Test func aTestForOneLookIsOftenWrongWhenPeekedAt() {
    var trials = Trials(seed: 11)
    var rejections = 0
    let runs = 300
    for _ in 0..<runs {
      var baseline = BinaryTally()
      var candidate = BinaryTally()
      for request in 1...2000 {
        if trials.happens(0.5) { candidate.record(trials.happens(0.1)) } else { baseline.record(trials.happens(0.1)) }
        guard request >= 50, let left = baseline.rate, let right = candidate.rate else { continue }
        let pooled = Double(baseline.events + candidate.events) / Double(request)
        let error = (pooled * (1 - pooled) * (1 / Double(baseline.trials) + 1 / Double(candidate.trials))).squareRoot()
        if error > 0, (left - right).magnitude > 1.96 * error {
          rejections += 1
          break
        }
      }
    }
    #expect(Double(rejections) > 0.15 * Double(runs), "\(rejections) of \(runs)")
  }

  @Test(arguments: [(0.0, 0.5), (0.01, 0.05), (0.5, 0.05), (1.0, 0.5)])
  func thisHoldsForExtremeRatesAndUnequalTraffic(rate: Double, share: Double) {
    let setting = Setting(baseline: rate, candidate: rate, candidateShare: share, requests: 1500, runs: 300)
    let rejections = Self.firstRejections(setting, alpha: 0.05, seed: 12).count { $0 != nil }
    #expect(Double(rejections) <= 0.05 * Double(setting.runs), "\(rejections) of \(setting.runs)")
  }

  /// How many requests, of both versions together, it takes in the median to find a difference.
  @Test(arguments: [
    (0.01, 0.05, 0.5, 3000), (0.02, 0.04, 0.5, 10_000), (0.1, 0.15, 0.5, 6000), (0.01, 0.2, 0.05, 3000),
  ])
  func aRealDifferenceIsFoundInTheEnd(baseline: Double, candidate: Double, share: Double, within requests: Int) {
    let setting = Setting(
      baseline: baseline, candidate: candidate, candidateShare: share, requests: 3 * requests, runs: 40)
    let found = Self.firstRejections(setting, alpha: 0.05, seed: 13).map { $0 ?? .max }.sorted()
    #expect(found[found.count - 1] < .max, "not found in some run")
    #expect(found[found.count / 2] <= requests, "median \(found[found.count / 2])")
  }
}
