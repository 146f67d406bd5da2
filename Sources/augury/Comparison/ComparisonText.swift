import AuguryClient

/// A comparison in words.
enum ComparisonText {
  /// A line a version, a line a metric, then what is doubtful.
  static func text(of comparison: VersionComparisonStatus) -> String {
    var versions = Table([
      .left("VERSION"), .right("REQUESTS"), .right("FAILED"), .right("LATENCY P50"), .right("P90"), .right("P99"),
      .right("SCORED"),
    ])
    for version in [comparison.baseline, comparison.candidate] {
      let latency = version.latencySeconds
      versions.append(
        ["\(comparison.model)@\(version.version)", Units.count(version.requests), Units.count(version.failures)]
          + [latency.p50, latency.p90, latency.p99].map { latency.count == 0 ? "-" : Units.seconds($0) }
          + [Units.count(version.scored)])
    }
    var metrics = Table([
      .left("METRIC"), .right("BASELINE"), .left(""), .right("CANDIDATE"), .left(""), .right("DIFFERENCE"), .left(""),
      .left("VERDICT"), .left("METHOD"),
    ])
    for metric in comparison.metrics {
      metrics.append(
        [metric.metric] + self.cells(metric.baseline) + self.cells(metric.candidate) + self.cells(metric.difference)
          + [metric.verdict, metric.exact ? metric.method : "\(metric.method), not exact"])
    }
    var text = versions.text
    if let agreement = comparison.agreement { text += "\n\(OneLine.text(self.line(of: agreement)))\n" }
    if !comparison.metrics.isEmpty { text += "\n\(metrics.text)" }
    let confidence = Units.decimal((1 - comparison.alpha) * 100, places: 2)
    text += "\nintervals hold with \(confidence) % at all looks together, for each metric\n"
    for warning in comparison.warnings { text += "warning: \(OneLine.text(warning))\n" }
    return text
  }

  private static func cells(_ estimate: VersionComparisonStatus.Estimate) -> [String] {
    let value = estimate.value.map { Units.decimal($0, places: 4) } ?? "-"
    guard let low = estimate.low, let high = estimate.high else { return [value, ""] }
    return [value, "\(Units.decimal(low, places: 4)) to \(Units.decimal(high, places: 4))"]
  }

  private static func line(of agreement: AgreementStatus) -> String {
    let compared = agreement.agreed + agreement.differed
    let share = compared == 0 ? "-" : "\(Units.decimal(Double(agreement.agreed) / Double(compared) * 100, places: 2)) %"
    return "copies: \(Units.count(agreement.agreed)) of \(Units.count(compared)) answers agreed (\(share)), "
      + "\(Units.count(agreement.failed)) failed, \(Units.count(agreement.incomparable)) could not be compared"
  }
}
