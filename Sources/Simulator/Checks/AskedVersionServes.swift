import QueueCore

/// A request goes to a worker of the version that it was accepted for, and that is the one it asked for.
struct AskedVersionServes: Check {
  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .accepted(let work, let version, _):
      guard case .version(let asked) = ledger.arriving?.target, asked != version else { return nil }
      return "work \(work.rawValue) asks for version \(asked.rawValue) and was taken on for \(version.rawValue)"
    case .asked(.dispatch(let peer, let work, _), _, _):
      guard let entry = ledger.entry(work.work), let member = ledger.members[peer], member.version != entry.version
      else { return nil }
      return "work \(work.work.rawValue) is for version \(entry.version.rawValue), "
        + "its worker serves \(member.version.rawValue)"
    default:
      return nil
    }
  }
}
