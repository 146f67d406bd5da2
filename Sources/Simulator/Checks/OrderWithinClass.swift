import QueueCore

/// Within a class of a version clients take turns, round by round; within a round and a client the earliest deadline
/// goes first, then the earliest arrival, retries included.
struct OrderWithinClass: Check {
  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    guard case .asked(.dispatch(_, let work, _), _, _) = fact, let entry = ledger.entry(work.work),
      let first = ledger.waiting(entry.version, entry.submission.requestClass).first, first.work != work.work
    else { return nil }
    return "work \(work.work.rawValue) goes before work \(first.work.rawValue) of its class, whose turn it is"
  }
}
