/// What `versions.compare` takes.
public struct ComparisonRequest: Codable, Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// The version that the other one is held against.
  public var baseline: String
  /// The version that is looked at.
  public var candidate: String
  /// The probability, for each metric, that a difference is ever found where none is; nil for 0.05.
  public var alpha: Double?
  /// Differences that do not matter, by metric: `error_rate`, `accuracy`, `mae`, `rmse`.
  public var margins: [String: Double]?
  /// The greatest absolute error of a predicted number, if there is one.
  public var errorBound: Double?

  /// Asks for a comparison.
  public init(
    model: String, baseline: String, candidate: String, alpha: Double? = nil, margins: [String: Double]? = nil,
    errorBound: Double? = nil
  ) {
    self.model = model
    self.baseline = baseline
    self.candidate = candidate
    self.alpha = alpha
    self.margins = margins
    self.errorBound = errorBound
  }

  enum CodingKeys: String, CodingKey {
    case model
    case baseline
    case candidate
    case alpha
    case margins
    case errorBound = "error_bound"
  }
}

/// What two versions of a model have come to so far.
public struct VersionComparisonStatus: Codable, Hashable, Sendable {
  /// One of the two.
  public struct Version: Codable, Hashable, Sendable {
    /// The version's name.
    public var version: String
    /// Requests of class online since the broker's start that say something about it.
    public var requests: Int
    /// Those of them that failed.
    public var failures: Int
    /// How the requests ended, by code, those that were the client's fault among them.
    public var outcomes: [String: Int]
    /// Time from arrival to the answer.
    public var latencySeconds: Quantiles
    /// Predictions that feedback was given for.
    public var scored: Int

    enum CodingKeys: String, CodingKey {
      case version
      case requests
      case failures
      case outcomes
      case latencySeconds = "latency_seconds"
      case scored
    }

    /// Describes a version.
    public init(
      version: String, requests: Int, failures: Int, outcomes: [String: Int], latencySeconds: Quantiles, scored: Int
    ) {
      self.version = version
      self.requests = requests
      self.failures = failures
      self.outcomes = outcomes
      self.latencySeconds = latencySeconds
      self.scored = scored
    }
  }

  /// A value and where the true one lies.
  public struct Estimate: Codable, Hashable, Sendable {
    /// Observations.
    public var count: Int
    /// The plain value; nil without observations.
    public var value: Double?
    /// The interval's lower end; nil if nothing can be said.
    public var low: Double?
    /// The interval's upper end; nil if nothing can be said.
    public var high: Double?

    /// Describes an estimate.
    public init(count: Int, value: Double?, low: Double?, high: Double?) {
      self.count = count
      self.value = value
      self.low = low
      self.high = high
    }
  }

  /// The comparison by one metric.
  public struct Metric: Codable, Hashable, Sendable {
    /// `error_rate`, `accuracy`, `mae` or `rmse`.
    public var metric: String
    /// How the intervals were found.
    public var method: String
    /// Whether they hold for any number of observations, or only in the limit.
    public var exact: Bool
    /// What is known of the baseline.
    public var baseline: Estimate
    /// What is known of the candidate.
    public var candidate: Estimate
    /// Candidate minus baseline; its value is the difference of the plain values.
    public var difference: Estimate
    /// `better`, `worse`, `equivalent`, `no difference found` or `not enough data`.
    public var verdict: String

    /// Describes a comparison.
    public init(
      metric: String, method: String, exact: Bool, baseline: Estimate, candidate: Estimate, difference: Estimate,
      verdict: String
    ) {
      self.metric = metric
      self.method = method
      self.exact = exact
      self.baseline = baseline
      self.candidate = candidate
      self.difference = difference
      self.verdict = verdict
    }
  }

  /// The model's name.
  public var model: String
  /// The probability, for each metric, that a difference is ever found where none is, however often one looks.
  public var alpha: Double
  /// The version that the other one is held against.
  public var baseline: Version
  /// The version that is looked at.
  public var candidate: Version
  /// How often the candidate's answers were the given ones, where it gets copies; nil if it got none.
  public var agreement: AgreementStatus?
  /// The comparisons.
  public var metrics: [Metric]
  /// What makes them doubtful.
  public var warnings: [String]

  /// Describes a comparison.
  public init(
    model: String, alpha: Double, baseline: Version, candidate: Version, agreement: AgreementStatus? = nil,
    metrics: [Metric], warnings: [String]
  ) {
    self.model = model
    self.alpha = alpha
    self.baseline = baseline
    self.candidate = candidate
    self.agreement = agreement
    self.metrics = metrics
    self.warnings = warnings
  }
}

extension AuguryClient {
  /// Compares two versions of a model. As often as one likes: the verdicts stay valid.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND` for a version that is not known, `INVALID_ARGUMENT` for settings that make
  /// no sense.
  public func compare(_ request: ComparisonRequest) async throws(PredictionError) -> VersionComparisonStatus {
    try await self.control(ControlMethod.compareVersions, request)
  }
}
