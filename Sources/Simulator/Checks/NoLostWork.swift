import QueueCore

/// Nothing that was accepted disappears: a request waits, is with a worker, or is answered, and the broker's own count
/// of each says the same.
struct NoLostWork: Check {
  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .stepped:
      guard let arriving = ledger.arriving else { return nil }
      return
        "request \(arriving.request.rawValue) of client \(arriving.client.rawValue) was neither taken on nor refused"
    case .asked(.dispatch(let peer, let work, let payload), _, _):
      return Self.judge(work, payload, to: peer, ledger)
    case .asked(.note(.lost(let session, let requeued)), _, _):
      let held = ledger.leases.values.count { $0.session == session && !$0.isAbandoned }
      guard held != Int(requeued) else { return nil }
      return "session \(session.rawValue) ended with \(held) requests in hand, \(requeued) went back into the queue"
    case .asked(.note(.left(let session)), _, _):
      guard ledger.leases.values.contains(where: { $0.session == session && !$0.isAbandoned }) else { return nil }
      return "session \(session.rawValue) left with requests in hand"
    case .slept(let look):
      return Self.compare(look, ledger)
    default:
      return nil
    }
  }

  func pending(_ ledger: Ledger) -> String? {
    guard let first = ledger.entries.values.min(by: { $0.arrival < $1.arrival }) else { return nil }
    let state =
      switch first.state {
      case .waiting: "waits for a worker of version \(first.version.rawValue)"
      case .leased, .reported: "is with session \(first.holder?.session.rawValue ?? 0)"
      }
    return "\(ledger.entries.count) requests were taken on and not answered; "
      + "work \(first.work.rawValue), attempt \(first.attempt), \(state)"
  }

  private static func judge(
    _ work: WorkHeader, _ payload: PayloadRef, to peer: PeerID, _ ledger: Ledger
  ) -> String? {
    guard let entry = ledger.entry(work.work) else {
      return "work \(work.work.rawValue) is handed out, but nobody waits for it"
    }
    guard entry.state == .waiting else {
      return "work \(work.work.rawValue) is handed out, but it is \(entry.state) already"
    }
    guard work.attempt == entry.attempt + 1 else {
      return "attempt \(work.attempt) of work \(work.work.rawValue) follows attempt \(entry.attempt)"
    }
    let submission = entry.submission
    guard payload == submission.payload, work.parts == Int(submission.parts),
      work.contentType == submission.contentType, work.requestClass == submission.requestClass
    else { return "work \(work.work.rawValue) is not what its client sent" }
    return nil
  }

  private static func compare(_ look: BrokerLook, _ ledger: Ledger) -> String? {
    for (index, view) in look.versions.enumerated() {
      let expected = ledger.waitingCount(VersionID(UInt32(index)))
      let queued = view.queued.reduce(0, +)
      if queued != expected { return "\(queued) requests wait for version \(index), it should be \(expected)" }
    }
    guard look.outstanding != ledger.requestCount else { return nil }
    return "\(look.outstanding) requests are outstanding, it should be \(ledger.requestCount)"
  }
}
