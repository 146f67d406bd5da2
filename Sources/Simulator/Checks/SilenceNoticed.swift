import QueueCore

/// A worker that was silent for as long as it announced is no member any more once the broker has had a turn, and one
/// that has missed a heartbeat gets nothing new.
struct SilenceNoticed: Check {
  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .asked(.dispatch(let peer, let work, _), let now, _): Self.judge(work, to: peer, ledger, at: now)
    case .slept(let look): Self.judge(look, ledger)
    default: nil
    }
  }

  private static func judge(
    _ work: WorkHeader, to peer: PeerID, _ ledger: Ledger, at now: Instant
  ) -> String? {
    guard let member = ledger.members[peer] else { return nil }
    let silence = now.microseconds(since: member.lastHeard)
    guard silence >= member.heartbeat * 1500 else { return nil }
    return "work \(work.work.rawValue) goes to session \(member.session.rawValue), "
      + "which has been silent for \(silence) us and beats every \(member.heartbeat) ms"
  }

  private static func judge(_ look: BrokerLook, _ ledger: Ledger) -> String? {
    for worker in look.workers {
      guard let member = ledger.member(worker.session) else { continue }
      let silence = look.now.microseconds(since: member.lastHeard)
      let session = "session \(worker.session.rawValue), which beats every \(member.heartbeat) ms,"
      if silence >= member.patience * 1000 { return "\(session) is still a member after \(silence) us of silence" }
      guard worker.state != .suspect, worker.state != .draining else { continue }
      let lateAt = member.lastHeard.advanced(byMicroseconds: member.heartbeat * 1500)
      if lateAt <= look.now { return "\(session) is not suspect after \(silence) us of silence" }
      if lateAt < look.nextDeadline { return "the broker does not want to be woken when \(session) is late" }
    }
    return nil
  }
}
