import AuguryClient
import QueueCore
import Store

/// Whether what a client says about a version can be written down.
struct RegistrationCheck {
  /// Labels, and metrics, that a version may have.
  private static let mostEntries = 64
  private static let mostTextBytes = 4096

  /// What a registration says about its version, looked over. Throws `INVALID_ARGUMENT`.
  static func details(of registration: ModelRegistration) throws(PredictionError) -> VersionDetails {
    if let stage = registration.stage, !stage.isEmpty { try Self.expectName(stage, "stage") }
    try Self.expectText(registration.description ?? "", "description")
    let labels = registration.labels ?? [:]
    let metrics = registration.metrics ?? [:]
    try Self.expectFew(labels.count, "labels")
    try Self.expectFew(metrics.count, "metrics")
    for (name, value) in labels {
      try Self.expectName(name, "label")
      try Self.expectText(value, "label \(name)")
    }
    for (name, value) in metrics {
      try Self.expectName(name, "metric")
      guard value.isFinite else {
        throw .invalid("INVALID_METRIC", "metric \(name) is \(value), expected a number that is finite")
      }
    }
    return VersionDetails(
      stage: registration.stage, description: registration.description, labels: labels, metrics: metrics)
  }

  /// Throws `INVALID_ARGUMENT` for what is no name.
  static func expectName(_ name: String, _ what: String) throws(PredictionError) {
    guard Names.isValid(name) else {
      throw .invalid(
        "INVALID_NAME", "\(what) \"\(name)\", expected 1 to \(Names.maximumBytes) characters of A-Z a-z 0-9 . _ -")
    }
  }

  private static func expectText(_ text: String, _ what: String) throws(PredictionError) {
    guard text.utf8.count <= Self.mostTextBytes else {
      throw .invalid(
        "TEXT_TOO_LONG", "\(what) has \(text.utf8.count) bytes, expected at most \(Self.mostTextBytes)")
    }
  }

  private static func expectFew(_ count: Int, _ what: String) throws(PredictionError) {
    guard count <= Self.mostEntries else {
      throw .invalid("TOO_MANY_ENTRIES", "\(count) \(what), expected at most \(Self.mostEntries)")
    }
  }
}
