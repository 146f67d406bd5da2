import DequeModule
import QueueCore

/// When each outstanding request was due, by its id. Ids come one after the other, so a place in a queue will do.
struct DueTable {
  private var entries: Deque<Instant> = []
  /// The id of the first entry.
  private var firstID: UInt64 = 1

  /// An entry whose request has ended.
  private static let ended = Instant.distantFuture

  /// Requests that have not ended.
  private(set) var count = 0

  /// Adds the request after the last one.
  mutating func append(_ id: RequestID, due: Instant) {
    if self.entries.isEmpty { self.firstID = id.rawValue }
    precondition(id.rawValue == self.firstID + UInt64(self.entries.count), "ids come one after the other")
    self.entries.append(due)
    self.count += 1
  }

  /// Takes a request out; nil if it is not there.
  mutating func remove(_ id: RequestID) -> Instant? {
    guard id.rawValue >= self.firstID, id.rawValue - self.firstID < UInt64(self.entries.count) else { return nil }
    let index = Int(id.rawValue - self.firstID)
    let due = self.entries[index]
    guard due != Self.ended else { return nil }
    self.entries[index] = Self.ended
    self.count -= 1
    while self.entries.first == Self.ended {
      self.entries.removeFirst()
      self.firstID += 1
    }
    return due
  }
}
