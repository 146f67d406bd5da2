/// A version's observations, as a comparison needs them.
public struct ComparedVersion: Hashable, Sendable {
  /// Counts and scores.
  public var tally = VersionTally()
  /// Absolute and squared errors within the bound of the settings; nil where there is none.
  public private(set) var boundedErrors: BoundedErrors?

  /// Has no observations yet. Errors are held against the settings' bound, if there is one.
  public init(settings: ComparisonSettings) {
    self.boundedErrors = settings.absoluteErrorBound.map { BoundedErrors(bound: $0, alpha: settings.alpha / 2) }
  }

  /// Goes on with what was stored; nil if the errors were not held against the settings' bound at their error
  /// probability.
  public init?(settings: ComparisonSettings, tally: VersionTally, boundedErrors: BoundedErrors?) {
    guard boundedErrors?.absolute.bound == settings.absoluteErrorBound else { return nil }
    if let boundedErrors {
      let alphas = [boundedErrors.absolute.alpha, boundedErrors.squared.alpha]
      let bound = boundedErrors.absolute.bound
      guard alphas.allSatisfy({ $0 == settings.alpha / 2 }), boundedErrors.squared.bound == bound * bound else {
        return nil
      }
    }
    self.tally = tally
    self.boundedErrors = boundedErrors
  }

  /// Scores a predicted number.
  public mutating func record(predicted: Double, truth: Double) {
    guard let error = self.tally.regression.record(predicted: predicted, truth: truth) else { return }
    self.boundedErrors?.add(error)
  }
}

/// Absolute and squared errors of predicted numbers that a bound is known for.
public struct BoundedErrors: Hashable, Sendable, Codable {
  /// The absolute errors.
  public private(set) var absolute: BoundedLoss
  /// The squared errors.
  public private(set) var squared: BoundedLoss

  init(bound: Double, alpha: Double) {
    self.absolute = BoundedLoss(bound: bound, alpha: alpha)
    self.squared = BoundedLoss(bound: bound * bound, alpha: alpha)
  }

  mutating func add(_ error: Double) {
    self.absolute.add(error)
    self.squared.add(error * error)
  }
}

/// Compares two versions as often as one likes: verdicts stay valid under continuous monitoring.
///
/// The state is what earlier looks have ruled out. It may be stored and goes on from there; a comparison that starts
/// anew is valid too, and only a little less sharp. Looks may be at any time, also chosen by what earlier ones showed.
///
/// What each guarantee assumes stands at ``ProportionDifference`` for error rate and accuracy,
/// ``EmpiricalBernsteinSequence`` for errors within a bound, and ``AsymptoticSequence`` for others. Two things they
/// share: observations of a version must have the same mean given what came before, which requests with the same
/// routing key, or a change of input over the day, can break; and feedback must not depend on whether the prediction
/// was right. Differences in the mean of errors come from one interval for each version at α/2.
public struct VersionComparison: Hashable, Sendable {
  /// How to compare.
  public let settings: ComparisonSettings
  /// What earlier looks have ruled out.
  public private(set) var ruledOut: ComparisonHistory

  /// Begins a comparison, or goes on with one.
  public init(settings: ComparisonSettings, history: ComparisonHistory = ComparisonHistory()) {
    self.settings = settings
    self.ruledOut = history
  }

  /// Looks at the observations so far. `split` tells how requests were divided, if that is to be tested.
  public mutating func look(
    baseline: ComparedVersion, candidate: ComparedVersion, split: SampleRatioTest? = nil
  ) -> ComparisonReport {
    let metrics = ComparisonMetric.allCases.compactMap { metric in
      self.compare(by: metric, baseline, candidate)
    }
    var warnings: [ComparisonWarning] = []
    if let split, split.isMismatch(alpha: self.settings.alpha) {
      warnings.append(.sampleRatioMismatch(counts: split.counts, weights: split.weights))
    }
    for metric in ComparisonMetric.allCases where self.ruledOut.hasContradictions(metric) {
      warnings.append(.drift(metric))
    }
    let clipped = [baseline, candidate].reduce(0) { sum, version in
      LatencyHistogram.saturatingSum(sum, version.boundedErrors?.absolute.clipped ?? 0)
    }
    if clipped > 0 { warnings.append(.lossesAboveBound(clipped)) }
    let unusable = LatencyHistogram.saturatingSum(
      baseline.tally.regression.unusable, candidate.tally.regression.unusable)
    if unusable > 0 { warnings.append(.unusableScores(unusable)) }
    return ComparisonReport(metrics: metrics, warnings: warnings)
  }

  private mutating func compare(
    by metric: ComparisonMetric, _ baseline: ComparedVersion, _ candidate: ComparedVersion
  ) -> MetricComparison? {
    let left = MetricSample(metric, baseline, alpha: self.settings.alpha / 2)
    let right = MetricSample(metric, candidate, alpha: self.settings.alpha / 2)
    guard left.count > 0 || right.count > 0 else { return nil }
    let isEnough = min(left.count, right.count) >= self.settings.minimumObservations
    let difference = isEnough ? self.difference(by: metric, baseline, candidate, left, right) : nil
    return MetricComparison(
      metric: metric,
      method: left.method,
      baseline: MetricEstimate(
        count: left.count, value: left.value,
        interval: left.interval.map { self.ruledOut.narrow(metric, .baseline, to: $0) }),
      candidate: MetricEstimate(
        count: right.count, value: right.value,
        interval: right.interval.map { self.ruledOut.narrow(metric, .candidate, to: $0) }),
      difference: difference,
      verdict: difference.map { self.verdict(on: $0, metric) } ?? .notEnoughData)
  }

  private mutating func difference(
    by metric: ComparisonMetric, _ baseline: ComparedVersion, _ candidate: ComparedVersion,
    _ left: MetricSample, _ right: MetricSample
  ) -> Interval? {
    let next: Interval
    switch metric {
    case .errorRate:
      next = ProportionDifference(baseline: baseline.tally.requests, candidate: candidate.tally.requests)
        .interval(alpha: self.settings.alpha)
    case .accuracy:
      next = ProportionDifference(baseline: baseline.tally.classification, candidate: candidate.tally.classification)
        .interval(alpha: self.settings.alpha)
    case .meanAbsoluteError, .rootMeanSquaredError:
      guard let baseline = left.interval, let candidate = right.interval else { return nil }
      next = candidate - baseline
    }
    return self.ruledOut.narrow(metric, .difference, to: next)
  }

  private func verdict(on difference: Interval, _ metric: ComparisonMetric) -> ComparisonVerdict {
    let margin = self.settings.margin(of: metric)
    if difference.low > margin { return metric.higherIsBetter ? .better : .worse }
    if difference.high < -margin { return metric.higherIsBetter ? .worse : .better }
    let isWithin = difference.low >= -margin && difference.high <= margin
    return isWithin && margin > 0 ? .equivalent : .noDifferenceFound
  }
}
