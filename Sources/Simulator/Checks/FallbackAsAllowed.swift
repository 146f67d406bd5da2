import QueueCore

/// A routed request is taken on for a version of the route. One without workers gets none of them while another one has
/// some, if the route has fallback.
struct FallbackAsAllowed: Check {
  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    guard case .accepted(let work, let version, _) = fact, let submission = ledger.arriving,
      case .model(let model) = submission.target, let routing = ledger.routings[model], let route = routing.route
    else { return nil }
    guard routing.variants.contains(where: { $0.version == version }) else {
      return "work \(work.rawValue) was taken on for version \(version.rawValue), to which its route sends nothing"
    }
    guard route.settings.hasFallback, !ledger.isServed(version),
      let other = routing.variants.first(where: { ledger.isServed($0.version) })
    else { return nil }
    return "work \(work.rawValue) was taken on for version \(version.rawValue), which nobody serves, "
      + "though version \(other.version.rawValue) may stand in"
  }
}
