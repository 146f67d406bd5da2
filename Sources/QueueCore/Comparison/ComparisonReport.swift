/// What two versions can be compared by.
public enum ComparisonMetric: String, Hashable, Sendable, CaseIterable, Codable {
  /// The share of requests that failed.
  case errorRate = "error_rate"
  /// The share of predicted classes that were right.
  case accuracy
  /// The mean absolute error of predicted numbers.
  case meanAbsoluteError = "mae"
  /// The root of their mean squared error.
  case rootMeanSquaredError = "rmse"

  /// Whether more is better.
  public var higherIsBetter: Bool { self == .accuracy }
}

/// How an interval was found, and so what it promises.
public enum ComparisonMethod: String, Hashable, Sendable {
  /// From counts, by mixing over a prior; exact. See Robbins 1970, Howard et al. 2021, Turner and Grünwald 2023.
  case betaBinomialMixture = "beta-binomial mixture"
  /// From losses within a known bound; exact. See Waudby-Smith and Ramdas 2024.
  case empiricalBernstein = "empirical Bernstein"
  /// From losses without a bound; only in the limit of many observations. See Waudby-Smith et al. 2024.
  case asymptotic = "asymptotic"

  /// Whether the error probability holds for any number of observations.
  public var isExact: Bool { self != .asymptotic }
}

/// What a comparison by one metric has come to. Each holds with the error probability of the settings, at whatever time
/// one looks and however often, for this one metric.
public enum ComparisonVerdict: String, Hashable, Sendable {
  /// The candidate is better, by more than the margin.
  case better
  /// The candidate is worse, by more than the margin.
  case worse
  /// The two differ by no more than the margin, which is above 0.
  case equivalent
  /// Neither has been shown so far.
  case noDifferenceFound = "no difference found"
  /// There are too few observations of one of them, or they do not vary.
  case notEnoughData = "not enough data"
}

/// What is known of one version by one metric.
public struct MetricEstimate: Hashable, Sendable {
  /// Observations.
  public let count: UInt64
  /// The plain value; nil without observations.
  public let value: Double?
  /// Where the true value lies. All looks' intervals hold it, in both versions together, with probability 1 - α.
  /// Nil if nothing can be said.
  public let interval: Interval?
}

/// The comparison by one metric.
public struct MetricComparison: Hashable, Sendable {
  /// By what.
  public let metric: ComparisonMetric
  /// How.
  public let method: ComparisonMethod
  /// The baseline's figures.
  public let baseline: MetricEstimate
  /// The candidate's figures.
  public let candidate: MetricEstimate
  /// Where candidate minus baseline lies: all looks' intervals hold it with probability 1 - α. Nil if nothing can be
  /// said.
  public let difference: Interval?
  /// What it has come to.
  public let verdict: ComparisonVerdict
}

/// What makes a comparison doubtful.
public enum ComparisonWarning: Hashable, Sendable {
  /// Requests are not divided as the weights say, so that what the versions saw may not be alike.
  case sampleRatioMismatch(counts: [UInt64], weights: [UInt64])
  /// The true value by this metric has changed during the comparison: intervals of different looks have nothing in
  /// common.
  case drift(ComparisonMetric)
  /// So many errors were above the bound that was given, and taken for it.
  case lossesAboveBound(UInt64)
  /// So many pairs of prediction and truth were left out, because they were not finite.
  case unusableScores(UInt64)
}

/// A look at two versions.
public struct ComparisonReport: Hashable, Sendable {
  /// The comparisons, by each metric that has observations of either version.
  public let metrics: [MetricComparison]
  /// What makes them doubtful.
  public let warnings: [ComparisonWarning]
}
