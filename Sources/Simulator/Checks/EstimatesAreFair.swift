import QueueCore

/// A request is refused for a hopeless queue only if others wait, and if all that goes before it is as slow as the
/// slowest of the answers so far, with a quarter of that in reserve.
///
/// What counts is the time after an answer of a lane that left requests waiting: anything else was idle time.
struct EstimatesAreFair: Check {
  private struct Pace {
    var last: Instant?
    var longest: UInt64 = 0
  }

  private var paces: [Int: Pace] = [:]

  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .brokerStarted:
      self.paces = [:]
      return nil
    case .told(.resultReceived(let peer, let result, _), let now):
      guard let lease = ledger.leases[result.work], lease.peer == peer, lease.session == result.session,
        lease.attempt == result.attempt, let version = ledger.members[peer]?.version
      else { return nil }
      self.note(version, lease.lane, ledger, at: now)
      return nil
    case .asked(.refuse(_, _, .deadlineUnreachable(let version, let estimate), _), _, _):
      return self.judge(version, estimate, ledger)
    default:
      return nil
    }
  }

  private static func index(_ version: VersionID, _ lane: Lane) -> Int {
    Int(version.rawValue) * 2 + Int(lane.rawValue)
  }

  private mutating func note(_ version: VersionID, _ lane: Lane, _ ledger: Ledger, at now: Instant) {
    let waits = RequestClass.allCases.contains { $0.lane == lane && ledger.waiting(version, $0).count > 0 }
    var pace = self.paces[Self.index(version, lane)] ?? Pace()
    if let last = pace.last {
      pace.longest = max(pace.longest, now.nanoseconds - min(last.nanoseconds, now.nanoseconds))
    }
    pace.last = waits ? now : nil
    self.paces[Self.index(version, lane)] = pace
  }

  private func judge(_ version: VersionID, _ estimate: UInt64, _ ledger: Ledger) -> String? {
    guard let submission = ledger.arriving else { return "a request is refused on arrival that has not just arrived" }
    guard estimate > UInt64(clamping: submission.timeoutMicroseconds) else {
      return "a request with \(submission.timeoutMicroseconds) us is refused because it takes \(estimate) us"
    }
    let waiting = UInt64(ledger.waiting(version, submission.requestClass).count)
    guard waiting > 0 else { return "a request is refused because of those that wait before it, but none does" }
    let ahead = waiting + UInt64(ledger.leased(version, submission.requestClass.lane)) + 1
    let longest = self.paces[Self.index(version, submission.requestClass.lane)]?.longest ?? 0
    guard estimate > max(ahead * longest / 1000 * 5 / 4, UInt64(clamping: submission.timeoutMicroseconds)) + 2 else {
      return nil
    }
    return "\(ahead) requests are said to take \(estimate) us, but no answer has taken more than \(longest / 1000) us"
  }
}
