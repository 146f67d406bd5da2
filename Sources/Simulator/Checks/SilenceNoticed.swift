import QueueCore

/// A worker that was silent for as long as it announced is no member any more once the broker has had a turn.
struct SilenceNoticed: Check {
  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    guard case .slept(let look) = fact else { return nil }
    let silent = ledger.members.values.filter { member in
      look.now >= member.lastHeard.advanced(byMilliseconds: member.patience)
    }
    guard let first = silent.min(by: { $0.session.rawValue < $1.session.rawValue }) else { return nil }
    return "session \(first.session.rawValue) is still a member after "
      + "\(look.now.milliseconds(since: first.lastHeard)) ms of silence, it announced \(first.patience)"
  }
}
