import QueueCore

/// No request waits longer than the grace for a version that nobody serves or is about to serve.
struct OrphansAnswered: Check {
  private var unservedSince: [VersionID: Instant] = [:]

  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .brokerStarted:
      self.unservedSince = [:]
      return nil
    case .told(.workerJoined(_, let version, _, _), _):
      // It may be gone again before the broker sleeps.
      self.unservedSince[version] = nil
      return nil
    case .slept(let look):
      for index in look.versions.indices {
        if let sentence = self.judge(VersionID(UInt32(index)), look, ledger) { return sentence }
      }
      return nil
    default:
      return nil
    }
  }

  private mutating func judge(_ version: VersionID, _ look: BrokerLook, _ ledger: Ledger) -> String? {
    guard !ledger.members.values.contains(where: { $0.version == version && !$0.isDraining }) else {
      self.unservedSince[version] = nil
      return nil
    }
    let since = self.unservedSince[version] ?? look.now
    self.unservedSince[version] = since
    let waiting = ledger.waitingCount(version)
    let end = since.advanced(byMilliseconds: ledger.timing.orphanGraceMilliseconds)
    // A broker that wants to be woken at once has not looked at it yet.
    guard waiting > 0, look.nextDeadline > look.now else { return nil }
    if end <= look.now {
      return "\(waiting) requests wait for version \(version.rawValue), "
        + "which nobody has served for \(look.now.milliseconds(since: since)) ms"
    }
    guard look.nextDeadline > end else { return nil }
    return "the broker does not want to be woken when the grace of version \(version.rawValue) ends"
  }
}
