import QueueCore

/// The broker takes on what its limits allow and refuses, by the right limit, what they do not.
struct LimitsHold: Check {
  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .accepted(let work, let version, _):
      guard let submission = ledger.arriving,
        let limit = Self.reached(submission, version, ledger)
      else { return nil }
      return "work \(work.rawValue) was taken on beyond the limit of \(limit)"
    case .asked(.refuse(_, _, let refusal, _), _, _):
      return Self.judge(refusal, ledger)
    case .asked(.dispatch(_, let work, _), _, _):
      guard let entry = ledger.entry(work.work) else { return nil }
      let limit = ledger.limits.attempts(entry.submission.requestClass.lane)
      guard entry.losses >= limit else { return nil }
      return
        "work \(work.work.rawValue), \(entry.submission.requestClass), is handed out after \(entry.losses) workers "
        + "died with it, the limit is \(limit)"
    case .asked(.welcome(let peer, _), _, _):
      let others = ledger.members.keys.count { $0 != peer }
      return others >= ledger.limits.workers ? "worker \(others + 1) is welcome, the limit is \(others)" : nil
    case .slept(let look):
      return Self.judge(look, ledger.limits)
    default:
      return nil
    }
  }

  /// The limit that a request would break, if there is one.
  private static func reached(_ submission: Submission, _ version: VersionID, _ ledger: Ledger) -> String? {
    let limits = ledger.limits
    if submission.payloadBytes > limits.payloadBytes { return "\(limits.payloadBytes) bytes of payload" }
    if ledger.outstanding(of: submission.client) >= limits.outstandingPerClient {
      return "\(limits.outstandingPerClient) requests of a client"
    }
    if ledger.occupied >= limits.requests { return "\(limits.requests) requests" }
    if ledger.heldBytes + submission.payloadBytes > limits.heldBytes { return "\(limits.heldBytes) bytes held" }
    if ledger.clientsWaiting(version) >= limits.queuedPerVersion {
      return "\(limits.queuedPerVersion) requests waiting for a version"
    }
    return nil
  }

  private static func judge(_ refusal: Refusal, _ ledger: Ledger) -> String? {
    guard let submission = ledger.arriving else { return nil }
    let isRight =
      switch refusal {
      case .payloadTooLarge: submission.payloadBytes > ledger.limits.payloadBytes
      case .clientFull: ledger.outstanding(of: submission.client) >= ledger.limits.outstandingPerClient
      case .brokerFull: ledger.occupied >= ledger.limits.requests
      case .memoryFull: ledger.heldBytes + submission.payloadBytes > ledger.limits.heldBytes
      case .versionQueueFull(let version, _): ledger.clientsWaiting(version) >= ledger.limits.queuedPerVersion
      case .versionQueueShare(let version, let waiting, let limit):
        limit == ledger.limits.queuedPerVersion && waiting == ledger.waiting(version, of: submission.client)
          && waiting >= Broker.queueShare * (limit - ledger.clientsWaiting(version))
      default: true
      }
    return isRight ? nil : "request \(submission.request.rawValue) was refused by a limit that it keeps: \(refusal)"
  }

  private static func judge(_ look: BrokerLook, _ limits: Limits) -> String? {
    if look.occupied > limits.requests { return "\(look.occupied) requests, the limit is \(limits.requests)" }
    if look.heldBytes > limits.heldBytes { return "\(look.heldBytes) bytes held, the limit is \(limits.heldBytes)" }
    if look.workers.count > limits.workers {
      return "\(look.workers.count) workers, the limit is \(limits.workers)"
    }
    guard look.versions.count > limits.versions else { return nil }
    return "\(look.versions.count) versions, the limit is \(limits.versions)"
  }
}
