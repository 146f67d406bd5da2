import QueueCore

/// A worker is told to go only for what it has done, so no honest one ever is.
struct DismissedWithCause: Check {
  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .asked(.disconnect(let peer, let reason), _, _):
      return Self.objection(to: reason, peer, ledger).map {
        "connection \(peer.rawValue) is dismissed as \(reason), but \($0)"
      }
    case .asked(.note(.lost(let session, _)), let now, _):
      guard case .turnEnded = ledger.lastEvent, let member = ledger.member(session), !member.isStuck else {
        return nil
      }
      let silence = now.milliseconds(since: member.lastHeard)
      guard silence < member.patience else { return nil }
      return "session \(session.rawValue) is lost after \(silence) ms of silence, it should be \(member.patience)"
    default:
      return nil
    }
  }

  private static func objection(to reason: DisconnectReason, _ peer: PeerID, _ ledger: Ledger) -> String? {
    switch reason {
    case .secondReady:
      // The session's end has been booked; the event that brought it has a session with a READY before.
      if case .workerReady(peer, _, _, _) = ledger.lastEvent, ledger.endedReadies > 1 { return nil }
      return "READY did not come twice"
    case .misbehaved:
      if case .workerMisbehaved(peer) = ledger.lastEvent { return nil }
      return "it did nothing wrong"
    case .digestMismatch:
      if case .workerRejected(peer) = ledger.lastEvent { return nil }
      return "nobody rejected it"
    case .tooManyWorkers:
      return ledger.members.count >= ledger.limits.workers ? nil : "there is room for it"
    case .unknownSession:
      return ledger.members[peer] == nil ? nil : "it is a member"
    case .stuck:
      return ledger.endedAsStuck == peer ? nil : "it is not the one that does not get on"
    case .lost, .brokerStopping:
      return nil
    }
  }
}
