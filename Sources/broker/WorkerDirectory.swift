import QueueCore
import ZeroMQ

/// What the broker knows about its workers beyond what it decides by: names, hosts, digests, for people and replies.
struct WorkerDirectory {
  /// A worker's description of itself.
  struct Entry: Sendable {
    /// What JOIN said.
    var join: JoinHeader
    /// What it serves.
    var version: VersionID
    /// What READY said, once it came.
    var ready: ReadyHeader?
  }

  /// Sessions whose names are remembered after they end, for messages about work they died with.
  private static let remembered = 1024

  private var entries: [SessionID: Entry] = [:]
  /// The origin parts, kept in the arena.
  private var origins: [SessionID: PartRef] = [:]
  private var formerNames: [SessionID: String] = [:]
  private var formerOrder: [SessionID] = []
  /// Digests of versions, as the latest worker of each that became ready reported it.
  private(set) var digests: [VersionID: [UInt8]] = [:]

  subscript(session: SessionID) -> Entry? {
    get { self.entries[session] }
    set { self.entries[session] = newValue }
  }

  /// The origin part of a worker's replies: looked up for every reply, so by its own table and without the entry.
  func origin(of session: SessionID) -> PartRef? { self.origins[session] }

  mutating func setDigest(_ digest: [UInt8], of version: VersionID) {
    self.digests[version] = digest
  }

  mutating func setOrigin(_ part: PartRef?, of session: SessionID) {
    self.origins[session] = part
  }

  /// Takes an entry out and returns its origin part, to be released; its name is remembered for a while.
  mutating func remove(_ session: SessionID) -> PartRef? {
    guard let entry = self.entries.removeValue(forKey: session) else { return nil }
    self.formerNames[session] = entry.join.name
    self.formerOrder.append(session)
    if self.formerOrder.count >= 2 * Self.remembered {
      for old in self.formerOrder.prefix(Self.remembered) { self.formerNames[old] = nil }
      self.formerOrder.removeFirst(Self.remembered)
    }
    return self.origins.removeValue(forKey: session)
  }

  /// The worker's name, as long as it is remembered.
  func name(of session: SessionID) -> String {
    self.entries[session]?.join.name ?? self.formerNames[session] ?? "session \(session.rawValue)"
  }
}
