import QueueCore

/// A request is always answered with what the worker made that has it, and that has just reported it.
struct NoReplyFromStranger: Check {
  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    guard case .asked(.reply(let client, let reply, _), _, let stamp) = fact,
      let entry = ledger.entries[RequestKey(client: client, request: reply.request)]
    else { return nil }
    let work = "work \(entry.work.rawValue)"
    guard let holder = entry.holder else { return "\(work) is answered, but was never handed out" }
    if reply.session != holder.session {
      return "\(work) is with session \(holder.session.rawValue), its reply names session \(reply.session.rawValue)"
    }
    if let stamp, stamp.work != entry.work.rawValue {
      return "\(work) is answered with what was made for work \(stamp.work)"
    }
    if let stamp, let maker = ledger.makers[holder.peer], stamp.maker != maker {
      return "\(work) is with worker \(maker), it is answered with what worker \(stamp.maker) made"
    }
    return entry.state == .reported ? nil : "\(work) is answered, but the worker that has it has not reported it"
  }
}
