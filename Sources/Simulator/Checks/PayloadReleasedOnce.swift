import QueueCore

/// Each payload that comes in with an event is released exactly once, and not used after that.
struct PayloadReleasedOnce: Check {
  private var held: Set<PayloadRef> = []

  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .brokerStarted:
      self.held = []
      return nil
    case .told(.requestReceived(let submission), _):
      if submission.payload != .none { self.held.insert(submission.payload) }
      return nil
    case .told(.resultReceived(_, _, let payload), _):
      if payload != .none { self.held.insert(payload) }
      return nil
    case .asked(.release(let payload), _, _):
      return self.held.remove(payload) == nil ? "payload \(payload.rawValue) is released, but it is not held" : nil
    case .asked(.dispatch(_, let work, let payload), _, _):
      return self.judgeUse(payload, "work \(work.work.rawValue)")
    case .asked(.reply(_, let reply, let payload), _, _):
      return self.judgeUse(payload, "the reply to request \(reply.request.rawValue)")
    case .asked(.outcome(let outcome, let payload), _, _):
      return self.judgeUse(payload, "the outcome of request number \(outcome.comparison.number)")
    case .slept(let look):
      guard look.payloadsHeld != self.held.count else { return nil }
      return "\(self.held.count) payloads are held, the broker knows of \(look.payloadsHeld)"
    case .payloadMisused(let sentence):
      return sentence
    default:
      return nil
    }
  }

  func pending(_ ledger: Ledger) -> String? {
    self.held.isEmpty ? nil : "\(self.held.count) payloads have not been released"
  }

  private func judgeUse(_ payload: PayloadRef, _ user: String) -> String? {
    guard payload != .none, !self.held.contains(payload) else { return nil }
    return "payload \(payload.rawValue) is sent with \(user), but it has been released"
  }
}
