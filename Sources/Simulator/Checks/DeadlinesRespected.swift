import HeapModule
import QueueCore

/// Nothing is handed out after its deadline; what is due is answered in the turn in which it is due and not before, and
/// the broker asks to be woken for that.
struct DeadlinesRespected: Check {
  private struct Due: Comparable {
    var deadline: Instant
    var work: WorkID

    static func < (left: Due, right: Due) -> Bool { left.deadline < right.deadline }
  }

  private var due = Heap<Due>()

  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .brokerStarted:
      self.due = Heap()
      return nil
    case .accepted(let work, _, let now):
      guard let timeout = ledger.arriving?.timeoutMicroseconds, timeout >= 0 else { return nil }
      self.due.insert(Due(deadline: now.advanced(byMicroseconds: UInt64(timeout)), work: work))
      return timeout == 0 ? "work \(work.rawValue) was taken on with a time-out of 0" : nil
    case .copied(let copied, let now):
      let deadline = now.advanced(byMilliseconds: ShadowPolicy.timeoutMilliseconds)
      self.due.insert(Due(deadline: deadline, work: copied.copy))
      return nil
    case .asked(.dispatch(_, let work, _), let now, _):
      return ledger.entry(work.work).flatMap { Self.judge(work, $0, at: now) }
    case .asked(.refuse(let client, let request, let refusal, _), let now, _):
      guard refusal.isExpiry, let entry = ledger.entries[RequestKey(client: client, request: request)],
        entry.deadline > now
      else { return nil }
      return "work \(entry.work.rawValue) expired \(entry.deadline.microseconds(since: now)) us before its deadline"
    case .slept(let look):
      return self.judge(look, ledger)
    default:
      return nil
    }
  }

  private static func judge(_ work: WorkHeader, _ entry: Ledger.Entry, at now: Instant) -> String? {
    if entry.deadline <= now {
      return "work \(work.work.rawValue) is handed out \(now.microseconds(since: entry.deadline)) us after its deadline"
    }
    let left =
      entry.deadline == .distantFuture
      ? RequestHeader.noTimeout : Int64(clamping: entry.deadline.microseconds(since: now))
    guard work.remainingMicroseconds != left else { return nil }
    return "work \(work.work.rawValue) has \(left) us left, its worker is told \(work.remainingMicroseconds)"
  }

  private mutating func judge(_ look: BrokerLook, _ ledger: Ledger) -> String? {
    while let first = self.due.min, ledger.entry(first.work)?.deadline != first.deadline { self.due.removeMin() }
    guard let first = self.due.min else { return nil }
    if first.deadline <= look.now {
      return
        "work \(first.work.rawValue) was due \(look.now.microseconds(since: first.deadline)) us ago and is not answered"
    }
    guard look.nextDeadline > first.deadline else { return nil }
    return "work \(first.work.rawValue) is due before the broker wants to be woken"
  }
}

extension Refusal {
  fileprivate var isExpiry: Bool {
    switch self {
    case .expiredInQueue, .expiredAtWorker: true
    default: false
    }
  }
}
