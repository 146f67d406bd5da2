import QueueCore
import ZeroMQ

/// What the core finds worth telling: passed on to the services, and the loop's own books kept.
extension BrokerLoop {
  mutating func tell(_ note: Note) {
    switch note {
    case .joined(let session), .ready(let session), .suspect(let session), .recovered(let session),
      .draining(let session), .stuck(let session):
      self.tell(note, session: session)
    case .left(let session), .lost(let session, _):
      self.tell(note, session: session)
      self.figures.retire(session)
      for origin in self.directory.remove(session) { self.arena.release(origin) }
    case .poisoned(let version):
      let names = self.core.catalog.names(of: version)
      self.report(.event(ClusterEvent(note: note, model: names.model, version: names.version, worker: nil)))
    }
  }

  private func tell(_ note: Note, session: SessionID) {
    guard let entry = self.directory[session] else { return }
    let names = self.core.catalog.names(of: entry.version)
    self.report(
      .event(ClusterEvent(note: note, model: names.model, version: names.version, worker: entry.name)))
  }
}
