/// A condition that a candidate must meet for its rollout to go on.
///
/// Written as `metric comparison limit`, for example `error_rate<1%`, `p99<20ms`, `accuracy>=baseline-0.5%`,
/// `p50<=baseline+20%`:
///
/// | metric | of | absolute limit | beside the baseline |
/// |---|---|---|---|
/// | `error_rate` | requests that failed | 0…1 or `%` | `±` a number or percentage points |
/// | `accuracy` | predictions that were right | the same | the same |
/// | `mae`, `rmse` | errors of predicted numbers | a number | `±` a number, or `%` of the baseline |
/// | `p50`, `p99.9`, … | latency quantiles | `us`, `ms` or `s` | `±` a time, or `%` of the baseline |
///
/// Comparisons are `<`, `<=`, `>` and `>=`. Blanks may stand between the parts.
public struct RolloutGuard: Hashable, Sendable {
  /// What is measured.
  public enum Metric: Hashable, Sendable {
    /// The share of requests that failed.
    case errorRate
    /// The share of predicted classes that were right.
    case accuracy
    /// The mean absolute error of predicted numbers.
    case meanAbsoluteError
    /// The root of their mean squared error.
    case rootMeanSquaredError
    /// The latency in microseconds that so many thousandths of a percent of the answers do not exceed.
    case latency(quantile: UInt64)
  }

  /// How the measured value must stand to the limit.
  public enum Comparison: String, Hashable, Sendable {
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
  }

  /// What the measured value is held against.
  public enum Limit: Hashable, Sendable {
    /// A value.
    case absolute(Double)
    /// The baseline's value plus this.
    case baselinePlus(Double)
    /// The baseline's value times this.
    case baselineTimes(Double)
  }

  /// What is measured.
  public let metric: Metric
  /// How it must stand to the limit.
  public let comparison: Comparison
  /// The limit, as a fraction, in microseconds or in units of the predictions.
  public let limit: Limit
  /// The condition as it was written, without blanks.
  public let text: String

  /// Reads a condition. Throws ``RolloutGuardError``, which says what is wrong and where.
  public init(parsing text: String) throws(RolloutGuardError) {
    var parser = RolloutGuardParser(text)
    self = try parser.parse()
  }

  init(metric: Metric, comparison: Comparison, limit: Limit, text: String) {
    self.metric = metric
    self.comparison = comparison
    self.limit = limit
    self.text = text
  }

  /// Whether the limit depends on the baseline.
  public var needsBaseline: Bool {
    if case .absolute = self.limit { false } else { true }
  }

  /// Whether feedback is needed to evaluate it.
  public var needsScores: Bool {
    switch self.metric {
    case .accuracy, .meanAbsoluteError, .rootMeanSquaredError: true
    case .errorRate, .latency: false
    }
  }
}

/// Why a condition cannot be read.
public struct RolloutGuardError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Problem: Hashable, Sendable {
    /// There is no such metric.
    case unknownMetric(String)
    /// A quantile is not between 0 and 100, or has more than three decimals.
    case quantileOutOfRange(String)
    /// There is no `<`, `<=`, `>` or `>=` where one must be.
    case comparisonMissing
    /// There is neither a number nor `baseline` where one must be.
    case limitMissing
    /// What should be a number is none.
    case numberUnreadable(String)
    /// A latency is given without `us`, `ms` or `s`.
    case unitMissing
    /// The metric is not measured in this unit.
    case unitUnknown(String, expected: String)
    /// A share is above 100 %.
    case shareOutOfRange(String)
    /// Something follows the condition.
    case trailing(String)
  }

  /// The whole condition.
  public let text: String
  /// The byte, from 1, where it went wrong.
  public let column: Int
  /// What is wrong.
  public let problem: Problem

  /// One line with the condition, the place, and what may stand there.
  public var description: String {
    "guard '\(self.text)', column \(self.column): \(self.detail)"
  }

  private var detail: String {
    switch self.problem {
    case .unknownMetric(let name):
      "there is no metric '\(name)'; expected error_rate, accuracy, mae, rmse or a latency quantile such as p99"
    case .quantileOutOfRange(let name):
      "'\(name)' is no quantile; expected more than p0, less than p100, with at most three decimals"
    case .comparisonMissing: "expected <, <=, > or >="
    case .limitMissing: "expected a number or 'baseline'"
    case .numberUnreadable(let number): "'\(number)' is no number; expected at most 15 digits, as in 0.5"
    case .unitMissing: "a latency needs a unit: us, ms or s"
    case .unitUnknown(let unit, let expected): "the unit '\(unit)' does not fit this metric; expected \(expected)"
    case .shareOutOfRange(let number): "a share of \(number) is more than the whole"
    case .trailing(let rest): "nothing may follow, found '\(rest)'"
    }
  }
}
