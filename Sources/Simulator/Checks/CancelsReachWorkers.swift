import QueueCore

/// A worker is told, once, of each piece of its work that nobody waits for any more.
struct CancelsReachWorkers: Check {
  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .asked(.cancelWork(let peer, let work, let attempt), _, _):
      guard let lease = ledger.leases[work], lease.isAbandoned, lease.peer == peer, lease.attempt == attempt else {
        return "connection \(peer.rawValue) is told to give up attempt \(attempt) of work \(work.rawValue), "
          + "which it does not have or somebody waits for"
      }
      return lease.isCalledOff ? "work \(work.rawValue) is called off twice" : nil
    case .stepped:
      let forgotten = ledger.leases.values.filter { $0.isAbandoned && !$0.isCalledOff }
      guard let first = forgotten.min(by: { $0.work.rawValue < $1.work.rawValue }) else { return nil }
      return "nobody waits for work \(first.work.rawValue) any more, and its worker is not told"
    default:
      return nil
    }
  }
}
