public import AuguryClient
public import QueueCore
public import Store

/// Compares versions by what the loop counts and by what turned out to be true.
public actor ComparisonService {
  /// A comparison that is looked at again: what earlier looks have ruled out stays ruled out.
  private struct Subject: Hashable {
    var model: String
    var baseline: String
    var candidate: String
    var settings: ComparisonSettings
  }

  /// Comparisons whose earlier looks are kept. One that is forgotten begins anew, which is valid too.
  private static let mostKept = 1000

  private let store: any MetadataStore & FeedbackStore
  private let cluster: any VersionsCluster
  private let feedback: FeedbackService
  private var histories: [Subject: ComparisonHistory] = [:]
  /// Requests that each version had been assigned when the model's present route came in force.
  private var assignedBefore: [String: [String: UInt64]] = [:]

  /// Makes the service.
  public init(
    store: any MetadataStore & FeedbackStore, cluster: any VersionsCluster, feedback: FeedbackService
  ) {
    self.store = store
    self.cluster = cluster
    self.feedback = feedback
  }

  /// From now on requests of a model are divided otherwise.
  public func routeChanged(model: String) async {
    // Requests that were assigned meanwhile by the new weights are left out of the test, which does no harm.
    let observations = (try? await self.cluster.observations(of: model)) ?? []
    self.assignedBefore[model] = Dictionary(observations.map { ($0.version, $0.assigned) }) { $1 }
  }

  /// Compares two versions. Throws ``PredictionError``, see ``AuguryClient/AuguryClient/compare(_:)``.
  ///
  /// - Parameter route: What is in force for the model, if anything is.
  public func compare(
    _ request: ComparisonRequest, route: Route?
  ) async throws(PredictionError) -> VersionComparisonStatus {
    let settings = try Self.settings(request)
    guard request.baseline != request.candidate else {
      throw .invalid("SAME_VERSION", "\(request.model)@\(request.candidate) cannot be compared with itself")
    }
    await self.feedback.writeDown()
    let observations = try await self.cluster.observations(of: request.model)
    let baseline = try Self.observation(of: request.baseline, request.model, observations)
    let candidate = try Self.observation(of: request.candidate, request.model, observations)
    let scores = try await self.scores(of: request.model, settings: settings)
    var compared = [baseline, candidate].map { observation in
      var version = scores[observation.version] ?? ComparedVersion(settings: settings)
      version.tally.requests = observation.requests
      version.tally.latency = observation.latency
      return version
    }
    let subject = Subject(
      model: request.model, baseline: request.baseline, candidate: request.candidate, settings: settings)
    var comparison = VersionComparison(
      settings: settings, history: self.histories[subject] ?? ComparisonHistory())
    let report = comparison.look(
      baseline: compared.removeFirst(), candidate: compared.removeFirst(),
      split: self.split(request.model, route, [baseline, candidate]))
    if self.histories.count >= Self.mostKept { self.histories.removeAll() }
    self.histories[subject] = comparison.ruledOut
    return VersionComparisonStatus(
      model: request.model, alpha: settings.alpha, baseline: .init(baseline, scores[request.baseline]),
      candidate: .init(candidate, scores[request.candidate]),
      metrics: report.metrics.map(VersionComparisonStatus.Metric.init),
      warnings: report.warnings.map(Self.text))
  }

  // MARK: Helpers of the above

  private static func settings(_ request: ComparisonRequest) throws(PredictionError) -> ComparisonSettings {
    var margins: [ComparisonMetric: Double] = [:]
    for (name, margin) in request.margins ?? [:] {
      guard let metric = ComparisonMetric(rawValue: name) else {
        let known = ComparisonMetric.allCases.map(\.rawValue).joined(separator: ", ")
        throw .invalid("UNKNOWN_METRIC", "no metric \"\(name)\", expected one of \(known)")
      }
      margins[metric] = margin
    }
    do throws(ComparisonSettingsError) {
      return try ComparisonSettings(
        alpha: request.alpha ?? 0.05, absoluteErrorBound: request.errorBound, margins: margins)
    } catch {
      throw .invalid("INVALID_SETTINGS", error.description)
    }
  }

  private static func observation(
    of version: String, _ model: String, _ observations: [VersionObservation]
  ) throws(PredictionError) -> VersionObservation {
    guard let found = observations.first(where: { $0.version == version }) else {
      throw .unknownVersion(model, version)
    }
    return found
  }

  /// What feedback says of each version.
  private func scores(
    of model: String, settings: ComparisonSettings
  ) async throws(PredictionError) -> [String: ComparedVersion] {
    try await translated { () throws(StoreError) in
      try await self.store.reduceFeedback(of: model, into: [String: ComparedVersion]()) { scores, feedback in
        scores[feedback.prediction.version, default: ComparedVersion(settings: settings)].score(feedback)
      }
    }
  }

  /// How requests were divided between the two since the present route came in force; nil if it has not both.
  private func split(_ model: String, _ route: Route?, _ versions: [VersionObservation]) -> SampleRatioTest? {
    guard let route, !route.settings.isSticky else { return nil }
    let slots = versions.map { UInt64(route.assignment.slots(of: $0.version)) }
    guard slots.allSatisfy({ $0 > 0 }) else { return nil }
    var test = SampleRatioTest(weights: slots)
    for (index, version) in versions.enumerated() {
      let before = self.assignedBefore[model]?[version.version] ?? 0
      test.record(variant: index, requests: version.assigned - min(before, version.assigned))
    }
    return test
  }

  private static func text(_ warning: ComparisonWarning) -> String {
    switch warning {
    case .sampleRatioMismatch(let counts, let weights):
      "sample ratio mismatch: \(counts.map(String.init).joined(separator: " and ")) requests do not fit the weights "
        + "\(weights.map(String.init).joined(separator: " to ")); something loses or diverts requests"
    case .drift(let metric):
      "\(metric.rawValue) has changed during the comparison: intervals of different looks have nothing in common"
    case .lossesAboveBound(let count): "\(count) errors were above the bound that was given, and taken for it"
    case .unusableScores(let count): "\(count) pairs of prediction and truth are not finite and were left out"
    }
  }
}

extension ComparedVersion {
  /// Counts a prediction and what was true of it, row by row.
  mutating func score(_ feedback: GivenFeedback) {
    for (predicted, truth) in zip(feedback.prediction.values, feedback.truth) {
      switch (predicted, truth) {
      case (.number(let predicted), .number(let truth)): self.record(predicted: predicted, truth: truth)
      case (.label, _), (.number, .label): self.tally.classification.record(predicted == truth)
      }
    }
  }
}

extension VersionTally {
  /// Counts a prediction and what was true of it, row by row.
  mutating func score(_ feedback: GivenFeedback) {
    for (predicted, truth) in zip(feedback.prediction.values, feedback.truth) {
      switch (predicted, truth) {
      case (.number(let predicted), .number(let truth)): _ = self.regression.record(predicted: predicted, truth: truth)
      case (.label, _), (.number, .label): self.classification.record(predicted == truth)
      }
    }
  }
}

extension VersionComparisonStatus.Version {
  init(_ observation: VersionObservation, _ scores: ComparedVersion?) {
    let requests = observation.requests
    var outcomes: [String: Int] = [:]
    for (code, count) in observation.outcomes where count > 0 { outcomes[code.name] = Int(clamping: count) }
    let scored = (scores?.tally.classification.trials ?? 0) + (scores?.tally.regression.count ?? 0)
    self.init(
      version: observation.version, requests: Int(clamping: requests.trials), failures: Int(clamping: requests.events),
      outcomes: outcomes, latencySeconds: Quantiles(observation.latency), scored: Int(clamping: scored))
  }
}

extension VersionComparisonStatus.Metric {
  init(_ comparison: MetricComparison) {
    let difference = comparison.candidate.value.flatMap { value in comparison.baseline.value.map { value - $0 } }
    self.init(
      metric: comparison.metric.rawValue, method: comparison.method.rawValue, exact: comparison.method.isExact,
      baseline: .init(comparison.baseline), candidate: .init(comparison.candidate),
      difference: .init(
        count: Int(clamping: min(comparison.baseline.count, comparison.candidate.count)), value: difference,
        low: comparison.difference?.low, high: comparison.difference?.high),
      verdict: comparison.verdict.rawValue)
  }
}

extension VersionComparisonStatus.Estimate {
  init(_ estimate: MetricEstimate) {
    self.init(
      count: Int(clamping: estimate.count), value: estimate.value, low: estimate.interval?.low,
      high: estimate.interval?.high)
  }
}

extension Quantiles {
  init(_ histogram: LatencyHistogram) {
    func seconds(_ quantile: Double) -> Double { Double(histogram.quantile(quantile)) / 1e6 }
    self.init(
      count: Int(clamping: histogram.count), mean: histogram.mean / 1e6, p50: seconds(0.5), p90: seconds(0.9),
      p99: seconds(0.99), max: Double(histogram.max) / 1e6)
  }
}
