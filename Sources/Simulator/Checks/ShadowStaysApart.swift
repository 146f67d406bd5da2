import QueueCore

/// Copies are made of online requests of a route, for its shadow targets, once each; they are handed out as shadow
/// work, and nobody is answered with what comes of them.
struct ShadowStaysApart: Check {
  private var made: [WorkID: Set<VersionID>] = [:]

  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .brokerStarted:
      self.made = [:]
      return nil
    case .accepted(let work, _, _):
      self.made = [work: []]
      return nil
    case .copied(let copied, _):
      return self.judge(copied, ledger)
    case .asked(.dispatch(_, let work, _), _, _):
      guard let entry = ledger.entry(work.work), entry.isCopy, work.requestClass != .shadow else { return nil }
      return "copy \(work.work.rawValue) is handed out as \(work.requestClass)"
    case .asked(.outcome(let outcome, _), _, _):
      return Self.judge(outcome, ledger)
    default:
      return nil
    }
  }

  private mutating func judge(_ copied: Copied, _ ledger: Ledger) -> String? {
    let copy = "copy \(copied.copy.rawValue)"
    guard let primary = ledger.entry(copied.primary), case .model(let model) = primary.submission.target,
      primary.submission.requestClass == .online, let routing = ledger.routings[model]
    else { return "\(copy) is of a request that no route took online" }
    guard let name = routing.name(of: copied.version),
      routing.route?.settings.shadows.contains(where: { $0.version == name }) == true
    else { return "\(copy) is for version \(copied.version.rawValue), which is no shadow target" }
    guard self.made[copied.primary]?.insert(copied.version).inserted == true else {
      return "\(copy) is the second one for version \(copied.version.rawValue)"
    }
    return nil
  }

  private static func judge(_ outcome: ShadowOutcome, _ ledger: Ledger) -> String? {
    switch outcome.side {
    case .shadow:
      guard let copy = ledger.copy(outcome.comparison) else {
        return "a copy of request number \(outcome.comparison.number) ends that is not under way"
      }
      return copy.version == outcome.version
        ? nil : "copy \(copy.work.rawValue) ends for version \(outcome.version.rawValue)"
    case .primary:
      guard let reported = ledger.reported, let entry = ledger.entries[reported], !entry.isCopy else {
        return "request number \(outcome.comparison.number) is compared, but no worker has just answered it"
      }
      return entry.version == outcome.version
        ? nil : "work \(entry.work.rawValue) is compared as one of version \(outcome.version.rawValue)"
    }
  }
}
