import QueueCore

/// A reply says what the worker said: its status, its content, and how often the request was handed out.
struct ReplyIsFaithful: Check {
  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    guard case .asked(.reply(let client, let reply, let payload), _, _) = fact,
      case .resultReceived(_, let result, let received) = ledger.lastEvent,
      let entry = ledger.entries[RequestKey(client: client, request: reply.request)]
    else { return nil }
    let work = "the reply to work \(entry.work.rawValue)"
    if payload != received || Int(reply.parts) != result.parts || reply.contentType != result.contentType {
      return "\(work) does not carry what its worker sent"
    }
    if reply.status != result.status { return "\(work) is \(reply.status.name), its worker said \(result.status.name)" }
    if reply.attempts != entry.attempt { return "\(work) names \(reply.attempts) attempts, it had \(entry.attempt)" }
    guard reply.computeMicroseconds != result.computeMicroseconds else { return nil }
    return "\(work) names \(reply.computeMicroseconds) us of computing, it was \(result.computeMicroseconds)"
  }
}
