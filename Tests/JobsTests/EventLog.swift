import Store
import Synchronization

/// What a feed has told.
final class EventLog: Sendable {
  private let events = Mutex<[JobEventRecord]>([])

  func append(_ event: JobEventRecord) {
    self.events.withLock { $0.append(event) }
  }

  var kinds: [String] { self.events.withLock { $0.map(\.kind) } }
}
