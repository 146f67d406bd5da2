import QueueCore

/// A request is never answered with what was made for an earlier attempt, whose worker was taken for dead.
struct LateResultsFenced: Check {
  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    guard case .asked(.reply(let client, let reply, _), _, let stamp?) = fact,
      let entry = ledger.entries[RequestKey(client: client, request: reply.request)],
      stamp.work == entry.work.rawValue, stamp.attempt != entry.attempt || entry.state == .waiting
    else { return nil }
    return "work \(entry.work.rawValue), \(entry.state) at attempt \(entry.attempt), "
      + "is answered with what was made for attempt \(stamp.attempt)"
  }
}
