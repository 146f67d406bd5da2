import QueueCore

/// A worker's session answers each piece of work exactly once, unless its membership ends before.
struct WorkAnsweredOnce: Check {
  private struct Piece: Hashable {
    var maker: UInt32
    var work: WorkID
    var attempt: UInt8
  }

  private var open: Set<Piece> = []

  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .workArrived(let maker, let work, let attempt, _):
      guard !self.open.insert(Piece(maker: maker, work: work, attempt: attempt)).inserted else { return nil }
      return "worker \(maker) gets work \(work.rawValue), attempt \(attempt), which it has already"
    case .workAnswered(let maker, let work, let attempt):
      guard self.open.remove(Piece(maker: maker, work: work, attempt: attempt)) == nil else { return nil }
      return "worker \(maker) answers work \(work.rawValue), attempt \(attempt), which it does not have"
    case .membershipEnded(let maker):
      self.open = self.open.filter { $0.maker != maker }
      return nil
    default:
      return nil
    }
  }

  func pending(_ ledger: Ledger) -> String? {
    self.open.isEmpty ? nil : "\(self.open.count) pieces of work are with workers"
  }
}
