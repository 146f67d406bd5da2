/// How two versions are compared.
public struct ComparisonSettings: Hashable, Sendable {
  /// The probability, for each metric, that a difference is ever found where none is; at most ½.
  public let alpha: Double
  /// The greatest absolute error of a predicted number. Where it is known, verdicts on numbers have an exact guarantee;
  /// where it is not, they are asymptotic.
  public let absoluteErrorBound: Double?
  /// Observations that each version needs before anything is said.
  public let minimumObservations: UInt64
  private let margins: [ComparisonMetric: Double]

  /// Makes settings. `margins` are the differences, in units of the metric, that do not matter in practice; 0 if left
  /// out.
  public init(
    alpha: Double = 0.05, absoluteErrorBound: Double? = nil, minimumObservations: UInt64 = 100,
    margins: [ComparisonMetric: Double] = [:]
  ) throws(ComparisonSettingsError) {
    guard alpha > 0, alpha <= 0.5 else { throw .alpha(alpha) }
    if let bound = absoluteErrorBound {
      guard bound > 0, bound <= RegressionTally.greatestError else { throw .absoluteErrorBound(bound) }
    }
    for metric in ComparisonMetric.allCases {
      guard let margin = margins[metric] else { continue }
      guard margin >= 0, margin.isFinite else { throw .margin(metric, margin) }
    }
    self.alpha = alpha
    self.absoluteErrorBound = absoluteErrorBound
    self.minimumObservations = minimumObservations
    self.margins = margins
  }

  /// The difference in a metric that does not matter in practice.
  public func margin(of metric: ComparisonMetric) -> Double { self.margins[metric] ?? 0 }
}

/// What is wrong with settings of a comparison.
public enum ComparisonSettingsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The error probability is not above 0 and at most ½.
  case alpha(Double)
  /// The bound on absolute errors is not positive, or absurdly large.
  case absoluteErrorBound(Double)
  /// The margin of a metric is negative, infinite or NaN.
  case margin(ComparisonMetric, Double)

  /// One line that names the setting, its value and what it may be.
  public var description: String {
    switch self {
    case .alpha(let value): "alpha is \(value), expected more than 0 and at most 0.5"
    case .absoluteErrorBound(let value):
      "the bound on absolute errors is \(value), expected more than 0 and at most \(RegressionTally.greatestError)"
    case .margin(let metric, let value): "the margin of \(metric.rawValue) is \(value), expected 0 or more"
    }
  }
}
