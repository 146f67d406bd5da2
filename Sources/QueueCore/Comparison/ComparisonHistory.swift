/// What the looks of a comparison have ruled out so far, by metric.
public struct ComparisonHistory: Hashable, Sendable, Codable {
  /// What an interval is about.
  enum Subject: String, Codable, CaseIterable {
    case baseline
    case candidate
    case difference
  }

  private var tracks: [String: RunningIntersection] = [:]

  /// Nothing has been looked at.
  public init() {}

  mutating func narrow(_ metric: ComparisonMetric, _ subject: Subject, to interval: Interval) -> Interval {
    self.tracks[Self.key(metric, subject), default: RunningIntersection()].narrow(to: interval)
  }

  func hasContradictions(_ metric: ComparisonMetric) -> Bool {
    Subject.allCases.contains { (self.tracks[Self.key(metric, $0)]?.contradictions ?? 0) > 0 }
  }

  private static func key(_ metric: ComparisonMetric, _ subject: Subject) -> String {
    "\(metric.rawValue).\(subject.rawValue)"
  }
}
