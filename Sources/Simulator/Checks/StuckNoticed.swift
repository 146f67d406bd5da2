import QueueCore

/// A worker that has bulk work and for the length of a lease reports no result and tells of no progress is dismissed in
/// the turn in which the lease ends, and not before.
struct StuckNoticed: Check {
  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .asked(.note(.stuck(let session)), let now, _):
      guard let member = ledger.member(session) else { return "a session that is no member is taken for stuck" }
      guard let end = Self.leaseEnd(of: member, ledger) else {
        return "session \(session.rawValue) is taken for stuck, but it has no bulk work, or leases do not end"
      }
      guard end > now else { return nil }
      return "session \(session.rawValue) is taken for stuck \(end.microseconds(since: now)) us before its lease ends"
    case .slept(let look):
      return Self.judge(look, ledger)
    default:
      return nil
    }
  }

  private static func judge(_ look: BrokerLook, _ ledger: Ledger) -> String? {
    for worker in look.workers {
      guard let member = ledger.member(worker.session), let end = Self.leaseEnd(of: member, ledger) else { continue }
      let session = "session \(worker.session.rawValue)"
      if end <= look.now {
        return "\(session) is a member \(look.now.microseconds(since: end)) us after its lease has ended"
      }
      if end < look.nextDeadline { return "the broker does not want to be woken when the lease of \(session) ends" }
    }
    return nil
  }

  /// When the broker is to take a member for stuck; nil as long as it is not.
  private static func leaseEnd(of member: Ledger.Member, _ ledger: Ledger) -> Instant? {
    let lease = ledger.timing.batchLeaseMilliseconds
    guard lease > 0, member.leased[1] > 0 else { return nil }
    return member.lastMoved.advanced(byMilliseconds: max(lease, 2 * member.heartbeat))
  }
}
