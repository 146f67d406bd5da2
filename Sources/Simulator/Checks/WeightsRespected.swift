import QueueCore

/// Requests that nothing ties to a version are spread by the route's weights: within six standard deviations, which no
/// right route leaves in any number of worlds that can be run.
struct WeightsRespected: Check {
  private static let deviations = 6.0

  private struct Subject: Hashable {
    var model: ModelID
    var epoch: UInt32
  }

  private struct Tally {
    var count = 0
    var byVersion: [VersionID: Int] = [:]
  }

  private var tallies: [Subject: Tally] = [:]

  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .brokerStarted:
      self.tallies = [:]
      return nil
    case .accepted(_, let version, _):
      return self.judge(version, ledger)
    case .asked(.refuse(_, _, let refusal, _), _, _):
      // Else a version with a full queue would seem to get less than it did.
      return refusal.version.flatMap { self.judge($0, ledger) }
    default:
      return nil
    }
  }

  private mutating func judge(_ version: VersionID, _ ledger: Ledger) -> String? {
    guard let submission = ledger.arriving, case .model(let model) = submission.target,
      submission.routingKey == nil, let routing = ledger.routings[model], let route = routing.route,
      !route.settings.isSticky,
      !route.settings.hasFallback || routing.variants.allSatisfy({ ledger.isServed($0.version) })
    else { return nil }
    return self.count(version, routing, Subject(model: model, epoch: routing.epoch))
  }

  private mutating func count(_ version: VersionID, _ routing: Routing, _ subject: Subject) -> String? {
    var tally = self.tallies[subject] ?? Tally()
    tally.count += 1
    tally.byVersion[version, default: 0] += 1
    self.tallies[subject] = tally
    guard tally.count >= 32 else { return nil }
    for variant in routing.variants {
      let share = Double(variant.slots) / Double(SlotAssignment.slotCount)
      let expected = share * Double(tally.count)
      let allowed = Self.deviations * (expected * (1 - share)).squareRoot() + 1
      let got = Double(tally.byVersion[variant.version] ?? 0)
      if abs(got - expected) > allowed {
        return "version \(variant.version.rawValue) got \(Int(got)) of \(tally.count) requests of epoch "
          + "\(subject.epoch), its weight comes to \(expected)"
      }
    }
    return nil
  }
}

extension Refusal {
  /// The version that a request was for which is refused on arrival, if that version is why.
  fileprivate var version: VersionID? {
    switch self {
    case .noWorkerForRoute(let version, _, _), .versionQueueFull(let version, _), .noBulkCredit(let version),
      .deadlineUnreachable(let version, _):
      version
    default:
      nil
    }
  }
}
