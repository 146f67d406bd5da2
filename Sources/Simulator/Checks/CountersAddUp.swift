import QueueCore

/// The broker's counters account for every request and every worker.
struct CountersAddUp: Check {
  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    guard case .slept(let look) = fact else { return nil }
    let counters = look.counters
    let ended = counters.replied + counters.failed + counters.clientGone
    guard counters.accepted == ended + UInt64(look.outstanding) else {
      return "\(counters.accepted) requests were accepted, but \(ended) ended and \(look.outstanding) are outstanding"
    }
    let given =
      counters.copiesDropped[Int(ShadowDrop.primaryEnded.rawValue)]
      + counters.copiesDropped[Int(ShadowDrop.madeRoom.rawValue)]
    guard counters.copiesMade == counters.copiesEnded + given + UInt64(ledger.copyCount) else {
      return "\(counters.copiesMade) copies were made, but \(counters.copiesEnded) ended, \(given) were given up and "
        + "\(ledger.copyCount) are under way"
    }
    let gone = counters.workersLeft + counters.workersLost
    guard counters.workersJoined != gone + UInt64(look.workers.count) else { return nil }
    return "\(counters.workersJoined) workers joined, but \(gone) are gone and \(look.workers.count) are there"
  }
}
