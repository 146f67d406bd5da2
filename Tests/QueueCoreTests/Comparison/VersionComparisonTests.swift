import Foundation
import Testing

@testable import QueueCore

@Suite struct VersionComparisonTests {
  private static func version(failures: UInt64, requests: UInt64, _ settings: ComparisonSettings) -> ComparedVersion {
    var version = ComparedVersion(settings: settings)
    version.tally.requests = BinaryTally(events: failures, trials: requests) ?? BinaryTally()
    return version
  }

  private static func version(correct: UInt64, scored: UInt64, _ settings: ComparisonSettings) -> ComparedVersion {
    var version = ComparedVersion(settings: settings)
    version.tally.classification = BinaryTally(events: correct, trials: scored) ?? BinaryTally()
    return version
  }

  private static func verdict(
    _ baseline: ComparedVersion, _ candidate: ComparedVersion, _ settings: ComparisonSettings
  ) -> ComparisonVerdict? {
    var comparison = VersionComparison(settings: settings)
    return comparison.look(baseline: baseline, candidate: candidate).metrics.first?.verdict
  }

  @Test func fewerErrorsAndMoreRightAnswersAreBetter() throws {
    let settings = try ComparisonSettings()
    let few = Self.version(failures: 100, requests: 10_000, settings)
    let many = Self.version(failures: 300, requests: 10_000, settings)
    #expect(Self.verdict(many, few, settings) == .better)
    #expect(Self.verdict(few, many, settings) == .worse)
    #expect(Self.verdict(few, few, settings) == .noDifferenceFound)
    let right = Self.version(correct: 9700, scored: 10_000, settings)
    let wrong = Self.version(correct: 9300, scored: 10_000, settings)
    #expect(Self.verdict(wrong, right, settings) == .better)
    #expect(Self.verdict(right, wrong, settings) == .worse)
  }

  @Test func aMarginMakesSmallDifferencesEquivalent() throws {
    let settings = try ComparisonSettings(margins: [.errorRate: 0.01])
    let few = Self.version(failures: 100, requests: 100_000, settings)
    let more = Self.version(failures: 300, requests: 100_000, settings)
    let most = Self.version(failures: 3000, requests: 100_000, settings)
    #expect(Self.verdict(few, more, settings) == .equivalent)
    #expect(Self.verdict(few, most, settings) == .worse)
    #expect(Self.verdict(most, few, settings) == .better)
    let sparse = Self.version(failures: 1, requests: 150, settings)
    #expect(Self.verdict(few, sparse, settings) == .noDifferenceFound)
  }

  @Test func littleIsNotEnough() throws {
    let settings = try ComparisonSettings()
    let none = ComparedVersion(settings: settings)
    let few = Self.version(failures: 99, requests: 99, settings)
    let many = Self.version(failures: 0, requests: 10_000, settings)
    #expect(Self.verdict(many, few, settings) == .notEnoughData)
    #expect(Self.verdict(many, none, settings) == .notEnoughData)
    #expect(Self.verdict(none, none, settings) == nil)
  }

  @Test func numbersAreComparedExactlyIfABoundIsKnownAndAsymptoticallyIfNot() throws {
    for bound in [nil, 10.0] {
      let settings = try ComparisonSettings(absoluteErrorBound: bound)
      var baseline = ComparedVersion(settings: settings)
      var candidate = ComparedVersion(settings: settings)
      var trials = Trials(seed: 20)
      for _ in 0..<4000 {
        let truth = trials.uniform() * 100
        baseline.record(predicted: truth + 2 * trials.bell(), truth: truth)
        candidate.record(predicted: truth + trials.bell(), truth: truth)
      }
      var comparison = VersionComparison(settings: settings)
      let report = comparison.look(baseline: baseline, candidate: candidate)
      #expect(report.metrics.map(\.metric) == [.meanAbsoluteError, .rootMeanSquaredError])
      #expect(report.metrics.allSatisfy { $0.method == (bound == nil ? .asymptotic : .empiricalBernstein) })
      #expect(report.metrics.allSatisfy { $0.method.isExact == (bound != nil) })
      #expect(report.metrics.allSatisfy { $0.verdict == .better })
      // The root of a third, and twice that.
      #expect(report.metrics[1].candidate.interval?.contains((1.0 / 3).squareRoot()) == true)
      #expect(report.metrics[1].baseline.interval?.contains(2 * (1.0 / 3).squareRoot()) == true)
      #expect(report.warnings.isEmpty)
    }
  }

  @Test func whatMakesItDoubtfulIsSaid() throws {
    let settings = try ComparisonSettings(absoluteErrorBound: 1)
    var version = ComparedVersion(settings: settings)
    version.record(predicted: 5, truth: 1)
    version.record(predicted: .nan, truth: 1)
    version.record(predicted: 1, truth: .infinity)
    var split = SampleRatioTest(weights: [1, 1])
    split.record(variant: 0, requests: 500)
    var comparison = VersionComparison(settings: settings)
    let report = comparison.look(baseline: version, candidate: ComparedVersion(settings: settings), split: split)
    #expect(
      report.warnings == [
        .sampleRatioMismatch(counts: [500, 0], weights: [1, 1]), .lossesAboveBound(1), .unusableScores(2),
      ])
  }

  @Test func aRateThatMovesIsNoticed() throws {
    let settings = try ComparisonSettings()
    var comparison = VersionComparison(settings: settings)
    let baseline = Self.version(failures: 100, requests: 10_000, settings)
    _ = comparison.look(
      baseline: baseline, candidate: Self.version(failures: 0, requests: 10_000, settings))
    let report = comparison.look(
      baseline: baseline, candidate: Self.version(failures: 5000, requests: 20_000, settings))
    #expect(report.warnings == [.drift(.errorRate)])
    #expect(report.metrics.first?.verdict == .worse)
  }

  /// A/A through everything that a user would see, also what earlier looks have ruled out, and over restarts.
  @Test func alikeVersionsGetNoVerdictInMostRuns() throws {
    let settings = try ComparisonSettings(minimumObservations: 10)
    var trials = Trials(seed: 21)
    let runs = 100
    var wrong = 0
    for _ in 0..<runs {
      var comparison = VersionComparison(settings: settings)
      var versions = [ComparedVersion(settings: settings), ComparedVersion(settings: settings)]
      var isWrong = false
      for request in 1...1000 {
        versions[trials.happens(0.3) ? 1 : 0].tally.requests.record(trials.happens(0.2))
        guard request % 25 == 0 else { continue }
        let report = comparison.look(baseline: versions[0], candidate: versions[1])
        isWrong = isWrong || report.metrics.contains { $0.verdict == .better || $0.verdict == .worse }
        let stored = try JSONEncoder().encode(comparison.ruledOut)
        let history = try JSONDecoder().decode(ComparisonHistory.self, from: stored)
        #expect(history == comparison.ruledOut)
        comparison = VersionComparison(settings: settings, history: history)
      }
      wrong += isWrong ? 1 : 0
    }
    #expect(Double(wrong) <= 0.05 * Double(runs), "\(wrong) of \(runs)")
  }

  @Test func aVerdictOnceFoundStaysWhileTheRateDoes() throws {
    let settings = try ComparisonSettings()
    var comparison = VersionComparison(settings: settings)
    let baseline = Self.version(failures: 100, requests: 10_000, settings)
    let first = comparison.look(baseline: baseline, candidate: Self.version(failures: 300, requests: 10_000, settings))
    #expect(first.metrics.first?.verdict == .worse)
    let later = comparison.look(baseline: baseline, candidate: Self.version(failures: 145, requests: 10_500, settings))
    #expect(later.metrics.first?.verdict == .worse)
  }

  @Test func settingsThatMakeNoSenseAreRefused() {
    for alpha in [0, -1, 0.51, .nan, .infinity] {
      #expect(throws: ComparisonSettingsError.self) { try ComparisonSettings(alpha: alpha) }
    }
    for bound in [0, -1, .nan, .infinity] {
      #expect(throws: ComparisonSettingsError.self) { try ComparisonSettings(absoluteErrorBound: bound) }
    }
    #expect(throws: ComparisonSettingsError.margin(.accuracy, -0.1)) {
      try ComparisonSettings(margins: [.accuracy: -0.1])
    }
    #expect(ComparisonSettingsError.alpha(2).description == "alpha is 2.0, expected more than 0 and at most 0.5")
  }

  @Test func storedErrorsGoOnOnlyUnderTheSettingsTheyWereMadeWith() throws {
    let settings = try ComparisonSettings(absoluteErrorBound: 4)
    var version = ComparedVersion(settings: settings)
    for index in 0..<200 { version.record(predicted: Double(index % 4), truth: 0) }
    let stored = try JSONEncoder().encode(version.boundedErrors)
    let errors = try JSONDecoder().decode(BoundedErrors.self, from: stored)
    #expect(ComparedVersion(settings: settings, tally: version.tally, boundedErrors: errors) == version)
    for other in [
      try ComparisonSettings(absoluteErrorBound: 5), try ComparisonSettings(alpha: 0.01, absoluteErrorBound: 4),
      try ComparisonSettings(),
    ] {
      #expect(ComparedVersion(settings: other, tally: version.tally, boundedErrors: errors) == nil)
    }
    #expect(ComparedVersion(settings: settings, tally: version.tally, boundedErrors: nil) == nil)
  }

  @Test func aTallySurvivesTheStore() throws {
    var tally = VersionTally()
    tally.requests.record(true)
    tally.latency.record(microseconds: 1234)
    tally.classification.record(true)
    tally.regression.record(predicted: 1.25, truth: 1)
    tally.regression.record(predicted: .nan, truth: 1)
    let data = try JSONEncoder().encode(VersionTallyValues(tally))
    #expect(try JSONDecoder().decode(VersionTallyValues.self, from: data).tally == tally)
    var wrong = VersionTallyValues(tally)
    wrong.failures = 2
    #expect(wrong.tally == nil)
    wrong = VersionTallyValues(tally)
    wrong.latency = [1]
    #expect(wrong.tally == nil)
    wrong = VersionTallyValues(tally)
    wrong.squaredErrors = [1]
    #expect(wrong.tally == nil)
  }
}
