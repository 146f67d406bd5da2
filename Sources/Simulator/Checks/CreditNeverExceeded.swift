import QueueCore

/// No worker gets more than the credit it granted for the lane, and none that grants nothing gets anything. Bulk work
/// that a worker died with takes all of the bulk credit.
///
/// Judged twice: when the broker hands work out, and when it reaches the worker, by what that worker has in hand.
struct CreditNeverExceeded: Check {
  private struct Hand {
    var credit = [0, 0]
    var held: [WorkID: Int] = [:]
  }

  private var hands: [UInt32: Hand] = [:]

  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .asked(.dispatch(let peer, let work, _), _, _):
      return Self.judge(work, to: peer, ledger)
    case .granted(let maker, let credit, let bulkCredit):
      self.hands[maker, default: Hand()].credit = [credit, bulkCredit]
      return nil
    case .workArrived(let maker, let work, _, let lane):
      let index = Int(lane.rawValue)
      let hand = self.hands[maker] ?? Hand()
      self.hands[maker, default: Hand()].held[work] = index
      let held = hand.held.values.count { $0 == index }
      guard held >= hand.credit[index] else { return nil }
      return "worker \(maker) gets work \(work.rawValue), but it has \(held) of the \(lane) lane already, its credit"
    case .workAnswered(let maker, let work, _):
      self.hands[maker]?.held[work] = nil
      return nil
    case .membershipEnded(let maker):
      self.hands[maker] = nil
      return nil
    default:
      return nil
    }
  }

  private static func judge(_ work: WorkHeader, to peer: PeerID, _ ledger: Ledger) -> String? {
    guard let member = ledger.members[peer] else {
      return "work \(work.work.rawValue) goes to connection \(peer.rawValue), which is no member"
    }
    guard member.readies > 0, !member.isDraining else {
      return "work \(work.work.rawValue) goes to session \(member.session.rawValue), which takes none"
    }
    let lane = Int(work.requestClass.lane.rawValue)
    let credit = min(member.credit[lane], ledger.limits.credit)
    let isSuspect = (ledger.entry(work.work)?.losses ?? 0) > 0
    if lane == 1, member.leased[lane] > 0, isSuspect || ledger.isOnTrial(member.session) {
      return "work \(work.work.rawValue) goes to session \(member.session.rawValue), which has other bulk work, "
        + "and a worker died with one of them"
    }
    guard member.leased[lane] >= credit else { return nil }
    return "work \(work.work.rawValue) goes to session \(member.session.rawValue), "
      + "which has \(member.leased[lane]) of its credit of \(credit)"
  }
}
