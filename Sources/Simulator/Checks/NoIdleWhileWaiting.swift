import QueueCore

/// No request waits while a worker of its version has credit to spare that the broker makes use of, and the broker
/// sleeps. Bulk credit is to spare for a request that a worker died with only where there is no bulk work, and not
/// beside such a request.
struct NoIdleWhileWaiting: Check {
  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    guard case .slept(let look) = fact, look.nextDeadline > look.now else { return nil }
    for worker in look.workers where worker.state == .ready || worker.state == .busy {
      let view = look.versions[Int(worker.version.rawValue)]
      if worker.outstanding < worker.usedCredit, view.queued[0] + view.queued[1] > 0 {
        return Self.sentence(worker, "\(view.queued[0] + view.queued[1]) interactive")
      }
      if worker.bulkOutstanding < worker.bulkCredit, view.queued[2] + view.queued[3] > 0,
        worker.bulkOutstanding == 0
          || !(ledger.isOnTrial(worker.session) || ledger.hasSuspectWaiting(worker.version))
      {
        return Self.sentence(worker, "\(view.queued[2] + view.queued[3]) bulk")
      }
    }
    return nil
  }

  private static func sentence(_ worker: WorkerView, _ waiting: String) -> String {
    "\(waiting) requests wait for version \(worker.version.rawValue), "
      + "but session \(worker.session.rawValue) has credit for them and the broker sleeps"
  }
}
