import QueueCore

/// What the broker says about why there is no prediction is true.
struct RefusedWithCause: Check {
  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    guard case .asked(.refuse(let client, let request, let refusal, let attempts), _, _) = fact else { return nil }
    let entry = ledger.entries[RequestKey(client: client, request: request)]
    if let entry, entry.attempt != attempts {
      return "request \(request.rawValue) was handed out \(entry.attempt) times, its refusal says \(attempts)"
    }
    return Self.objection(to: refusal, entry, ledger).map {
      "request \(request.rawValue) of client \(client.rawValue) is refused with \(refusal), but \($0)"
    }
  }

  private static func objection(to refusal: Refusal, _ entry: Ledger.Entry?, _ ledger: Ledger) -> String? {
    switch refusal {
    case .unknownModel:
      ledger.arriving?.target == .unknownModel ? nil : "it is known"
    case .unknownVersion(let model):
      ledger.arriving?.target == .unknownVersion(model) ? nil : "it is known"
    case .deadlinePassedOnArrival:
      ledger.arriving?.timeoutMicroseconds == 0 ? nil : "its time-out is not 0"
    case .deadlineUnreachable:
      (ledger.arriving?.timeoutMicroseconds ?? -1) > 0 ? nil : "it has no deadline"
    case .expiredInQueue:
      entry?.state == .waiting ? nil : "it does not wait"
    case .expiredAtWorker(_, let session):
      entry?.state == .leased && entry?.holder?.session == session ? nil : "that session does not have it"
    case .cancelled:
      Self.wasCancelled(entry, ledger) ? nil : "its client did not give it up"
    case .noWorker(let version, _), .noWorkerForRoute(let version, _, _):
      ledger.isServed(version) ? "the version is served" : nil
    case .noBulkCredit(let version):
      ledger.isServed(version, bulk: true) ? "a worker takes such requests" : nil
    case .poisoned:
      Self.isPoisoned(entry, ledger) ? nil : "too few workers died with it"
    case .shuttingDown:
      ledger.isShuttingDown ? nil : "the broker is not stopping"
    case .noWorkerForModel, .payloadTooLarge, .versionQueueFull, .versionQueueShare, .brokerFull, .memoryFull,
      .clientFull:
      nil
    }
  }

  private static func wasCancelled(_ entry: Ledger.Entry?, _ ledger: Ledger) -> Bool {
    guard case .cancelReceived(let client, let request) = ledger.lastEvent, let entry else { return false }
    return entry.submission.client == client && entry.submission.request == request
  }

  /// The worker that dies right now is not in the ledger yet.
  private static func isPoisoned(_ entry: Ledger.Entry?, _ ledger: Ledger) -> Bool {
    guard let entry, entry.state == .leased else { return false }
    return entry.losses + 1 >= ledger.limits.attempts(entry.submission.requestClass.lane) || entry.attempt == .max
  }
}
