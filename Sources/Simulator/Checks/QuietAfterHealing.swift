import QueueCore

/// Once everything is healed and nobody asks any more, nothing is left: no request, no lease, no payload, no credit
/// that did not come back.
struct QuietAfterHealing: Check {
  private var last: BrokerLook?

  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .brokerStarted: self.last = nil
    case .slept(let look): self.last = look
    default: break
    }
    return nil
  }

  func pending(_ ledger: Ledger) -> String? {
    guard let look = self.last else { return "the broker has not run yet" }
    if look.outstanding > 0 { return "\(look.outstanding) requests are outstanding" }
    if look.occupied > 0 { return "\(look.occupied) slots are in use for requests that nobody waits for" }
    if look.copies > 0 { return "\(look.copies) slots are in use for copies" }
    if look.payloadsHeld > 0 { return "\(look.payloadsHeld) payloads are held" }
    if look.heldBytes != 0 { return "\(look.heldBytes) bytes are held" }
    if let lease = ledger.leases.values.min(by: { $0.work.rawValue < $1.work.rawValue }) {
      return "session \(lease.session.rawValue) still has work \(lease.work.rawValue)"
    }
    for (index, view) in look.versions.enumerated() where view.queued.contains(where: { $0 > 0 }) {
      return "\(view.queued) requests wait for version \(index), which has \(view.ready) ready workers"
    }
    for (index, view) in look.versions.enumerated() where view.dispatched != 0 {
      return "version \(index) counts \(view.dispatched) requests with workers"
    }
    for worker in look.workers where worker.outstanding + worker.bulkOutstanding != 0 {
      return
        "session \(worker.session.rawValue) has \(worker.outstanding + worker.bulkOutstanding) of its credit in use"
    }
    return nil
  }
}
