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
    let silent = ledger.members.values.filter { member in
      look.now >= member.lastHeard.advanced(byMilliseconds: member.patience)
    }
    guard let first = silent.min(by: { $0.session.rawValue < $1.session.rawValue }) else { return nil }
    return "session \(first.session.rawValue) is still a member after "
      + "\(look.now.milliseconds(since: first.lastHeard)) ms of silence, it announced \(first.patience)"
  }
}
