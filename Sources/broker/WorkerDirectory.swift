import QueueCore
import ZeroMQ

/// What the broker knows about its workers beyond what it decides by: names, hosts, digests, for people and replies.
struct WorkerDirectory: ~Copyable {
  /// A worker's description of itself.
  struct Entry: Sendable {
    /// What JOIN said.
    var join: JoinHeader
    /// What it serves.
    var version: VersionID
    /// What READY said, once it came.
    var ready: ReadyHeader?
  }

  /// The origin parts of a session: one an epoch, the last two. Around a change of the route replies of both come.
  private struct Origins {
    var session: SessionID
    var epoch: UInt32
    var part: PartRef
    var earlierEpoch: UInt32 = 0
    var earlierPart: PartRef?
  }

  /// Sessions whose names are remembered after they end, for messages about work they died with.
  private static let remembered = 1024

  private var entries: [SessionID: Entry] = [:]
  /// The origin parts, kept in the arena.
  private var origins: [Origins] = []
  private var originsBySession = FlatTable()
  private var formerNames: [SessionID: String] = [:]
  private var formerOrder: [SessionID] = []
  /// Digests of versions, as the latest worker of each that became ready reported it.
  private(set) var digests: [VersionID: [UInt8]] = [:]

  subscript(session: SessionID) -> Entry? {
    get { self.entries[session] }
    set { self.entries[session] = newValue }
  }

  /// The origin part of a worker's replies: looked up for every reply, so by its own table and without the entry.
  func origin(of session: SessionID, epoch: UInt32) -> PartRef? {
    guard let index = self.originsBySession[UInt64(session.rawValue)] else { return nil }
    let origins = self.origins[index]
    if origins.epoch == epoch { return origins.part }
    return origins.earlierEpoch == epoch ? origins.earlierPart : nil
  }

  mutating func setDigest(_ digest: [UInt8], of version: VersionID) {
    self.digests[version] = digest
  }

  /// Adds the origin part of an epoch. Returns the oldest one if that is one too many, to be released.
  mutating func addOrigin(_ part: PartRef, epoch: UInt32, of session: SessionID) -> PartRef? {
    guard let index = self.originsBySession[UInt64(session.rawValue)] else {
      self.originsBySession[UInt64(session.rawValue)] = self.origins.count
      self.origins.append(Origins(session: session, epoch: epoch, part: part))
      return nil
    }
    let origins = self.origins[index]
    self.origins[index] = Origins(
      session: session, epoch: epoch, part: part, earlierEpoch: origins.epoch, earlierPart: origins.part)
    return origins.earlierPart
  }

  /// Takes a session's origin parts out; the last ones of the list take their place.
  private mutating func removeOrigins(of session: SessionID) -> [PartRef] {
    guard let index = self.originsBySession[UInt64(session.rawValue)] else { return [] }
    let removed = self.origins[index]
    self.originsBySession[UInt64(session.rawValue)] = nil
    let last = self.origins.removeLast()
    if last.session != session {
      self.origins[index] = last
      self.originsBySession[UInt64(last.session.rawValue)] = index
    }
    return [removed.part] + (removed.earlierPart.map { [$0] } ?? [])
  }

  /// Takes an entry out and returns its origin parts, to be released; its name is remembered for a while.
  mutating func remove(_ session: SessionID) -> [PartRef] {
    guard let entry = self.entries.removeValue(forKey: session) else { return [] }
    self.formerNames[session] = entry.join.name
    self.formerOrder.append(session)
    if self.formerOrder.count >= 2 * Self.remembered {
      for old in self.formerOrder.prefix(Self.remembered) { self.formerNames[old] = nil }
      self.formerOrder.removeFirst(Self.remembered)
    }
    return self.removeOrigins(of: session)
  }

  /// The worker's name, as long as it is remembered.
  func name(of session: SessionID) -> String {
    self.entries[session]?.join.name ?? self.formerNames[session] ?? "session \(session.rawValue)"
  }
}
