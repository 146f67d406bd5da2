/// What has happened since the broker started. Every drop and every refusal is in one of these.
public struct Counters: Hashable, Sendable {
  /// Requests taken on.
  public var accepted: UInt64 = 0
  /// Requests answered with what a worker said.
  public var replied: UInt64 = 0
  /// Requests answered with a refusal after they had been taken on.
  public var failed: UInt64 = 0
  /// Requests refused on arrival.
  public var refused: UInt64 = 0
  /// Refusals of both kinds by gRPC code.
  public var refusalsByStatus: InlineArray<17, UInt64> = InlineArray(repeating: 0)
  /// Copies of requests made for shadow versions. They are in none of the counts of requests above and below.
  public var copiesMade: UInt64 = 0
  /// Copies that ended with an outcome, of a worker's or the broker's.
  public var copiesEnded: UInt64 = 0
  /// Copies that were not made, or were given up, by reason.
  public var copiesDropped: InlineArray<6, UInt64> = InlineArray(repeating: 0)
  /// Requests whose deadline passed after they had been taken on.
  public var expired: UInt64 = 0
  /// Requests given up by their clients.
  public var cancelled: UInt64 = 0
  /// Requests dropped because their client had gone.
  public var clientGone: UInt64 = 0
  /// Requests that named one still outstanding; answered once, by the first.
  public var duplicateRequests: UInt64 = 0
  /// Cancellations that named no outstanding request.
  public var idleCancellations: UInt64 = 0
  /// Pieces of work handed out, retries among them.
  public var dispatched: UInt64 = 0
  /// Pieces of work handed out again after a worker was lost.
  public var retried: UInt64 = 0
  /// Pieces of work that a worker handed back.
  public var handedBack: UInt64 = 0
  /// Requests refused because their workers died.
  public var poisoned: UInt64 = 0
  /// Results for work that the sender does not have, or not any more.
  public var lateResults: UInt64 = 0
  /// Messages under a session the broker does not know.
  public var staleSessions: UInt64 = 0
  /// Workers that were told to go for breaking the protocol.
  public var misbehaved: UInt64 = 0
  /// Members that joined.
  public var workersJoined: UInt64 = 0
  /// Members that left in good order.
  public var workersLeft: UInt64 = 0
  /// Members that were lost.
  public var workersLost: UInt64 = 0
  /// Members that serve another artifact than is registered; they are among those that were lost.
  public var workersRejected: UInt64 = 0
  /// Of those, members that were dismissed because they did not get on with bulk work.
  public var workersStuck: UInt64 = 0
  /// Payloads that came in and were taken over.
  public var payloadsTaken: UInt64 = 0
  /// Payloads given back to the driver.
  public var payloadsReleased: UInt64 = 0

  /// All zero.
  public init() {}

  /// Whether two sets of counts are equal.
  public static func == (left: Counters, right: Counters) -> Bool {
    left.named.elementsEqual(right.named) { $0 == $1 }
  }

  /// Hashes all counts.
  public func hash(into hasher: inout Hasher) {
    for (_, value) in self.named { hasher.combine(value) }
  }

  /// All counts with their names in metrics, refusals by code among them.
  public var named: [(name: String, value: UInt64)] {
    var list: [(name: String, value: UInt64)] = [
      ("requests_accepted", self.accepted), ("requests_replied", self.replied), ("requests_failed", self.failed),
      ("requests_refused", self.refused), ("requests_expired", self.expired),
      ("requests_cancelled", self.cancelled), ("requests_client_gone", self.clientGone),
      ("requests_duplicate", self.duplicateRequests), ("cancellations_idle", self.idleCancellations),
      ("work_dispatched", self.dispatched), ("work_retried", self.retried), ("work_handed_back", self.handedBack),
      ("requests_poisoned", self.poisoned), ("results_late", self.lateResults),
      ("sessions_stale", self.staleSessions), ("workers_misbehaved", self.misbehaved),
      ("workers_joined", self.workersJoined), ("workers_left", self.workersLeft),
      ("workers_lost", self.workersLost), ("workers_rejected", self.workersRejected),
      ("workers_stuck", self.workersStuck),
      ("payloads_taken", self.payloadsTaken), ("payloads_released", self.payloadsReleased),
      ("shadow_copies_made", self.copiesMade), ("shadow_copies_ended", self.copiesEnded),
    ]
    for reason in ShadowDrop.allCases {
      list.append(("shadow_copies_dropped_\(reason.name)", self.copiesDropped[Int(reason.rawValue)]))
    }
    for status in StatusCode.allCases where self.refusalsByStatus[Int(status.rawValue)] > 0 {
      list.append(("refusals_\(status.name)", self.refusalsByStatus[Int(status.rawValue)]))
    }
    return list
  }
}
