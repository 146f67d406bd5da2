import QueueCore
import ZeroMQ

/// What the broker knows about its workers beyond what it decides by: names, hosts, digests, for people and replies.
struct WorkerDirectory: ~Copyable {
  /// A worker's description of itself. An object of its own, since a table has room for up to three times what is in
  /// it.
  final class Entry: Sendable {
    /// What READY said.
    struct Ready: Sendable {
      /// What loading and warming up took.
      let loadMilliseconds: UInt32
      /// SHA-256 of the artifact, 32 bytes, or empty.
      let digest: [UInt8]
    }

    /// What it serves; the catalog has the names.
    let version: VersionID
    /// The worker's own name.
    let name: String
    /// The host it runs on.
    let host: String
    /// The engine.
    let engine: String
    /// The process's id on its host.
    let processID: UInt32
    /// Whether it asks where the registered artifact is.
    let wantsArtifact: Bool
    /// What READY said, once it came.
    let ready: Ready?

    /// What JOIN said.
    fileprivate init(_ join: JoinHeader, version: VersionID) {
      self.version = version
      self.name = join.name
      self.host = join.host
      self.engine = join.engine
      self.processID = join.processID
      self.wantsArtifact = join.wantsArtifact
      self.ready = nil
    }

    /// What READY adds. What is the same of another worker is kept once.
    fileprivate init(_ joined: Entry, _ ready: ReadyHeader, sharingWith other: Entry?) {
      self.version = joined.version
      self.name = joined.name
      self.host = Self.shared(joined.host, other?.host)
      self.engine = Self.shared(joined.engine, other?.engine)
      self.processID = joined.processID
      self.wantsArtifact = joined.wantsArtifact
      self.ready = Ready(
        loadMilliseconds: ready.loadMilliseconds, digest: Self.shared(ready.digest, other?.ready?.digest))
    }

    private static func shared<Value: Equatable>(_ value: Value, _ known: Value?) -> Value {
      if let known, known == value { return known }
      return value
    }
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
  private(set) var formerNames: [SessionID: String] = [:]
  private var formerOrder: [SessionID] = []
  /// The latest worker of each version that became ready, gone or not.
  private var latest: [VersionID: Entry] = [:]

  /// How many workers there are.
  var count: Int { self.entries.count }

  subscript(session: SessionID) -> Entry? { self.entries[session] }

  /// The digest of a version's artifact, as the latest worker of it that became ready reported it; empty if none has.
  func digest(of version: VersionID) -> [UInt8] { self.latest[version]?.ready?.digest ?? [] }

  mutating func joined(_ session: SessionID, _ join: JoinHeader, version: VersionID) {
    self.entries[session] = Entry(join, version: version)
  }

  /// Returns the entry with what READY said; nil if the session is not known or is ready already.
  mutating func becameReady(_ session: SessionID, _ ready: ReadyHeader) -> Entry? {
    guard let joined = self.entries[session], joined.ready == nil else { return nil }
    let entry = Entry(joined, ready, sharingWith: self.latest[joined.version])
    self.entries[session] = entry
    self.latest[entry.version] = entry
    return entry
  }

  /// The origin part of a worker's replies: looked up for every reply, so by its own table and without the entry.
  func origin(of session: SessionID, epoch: UInt32) -> PartRef? {
    guard let index = self.originsBySession[UInt64(session.rawValue)] else { return nil }
    let origins = self.origins[index]
    if origins.epoch == epoch { return origins.part }
    return origins.earlierEpoch == epoch ? origins.earlierPart : nil
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
    self.formerNames[session] = entry.name
    self.formerOrder.append(session)
    if self.formerOrder.count >= 2 * Self.remembered {
      for old in self.formerOrder.prefix(Self.remembered) { self.formerNames[old] = nil }
      self.formerOrder.removeFirst(Self.remembered)
    }
    return self.removeOrigins(of: session)
  }

  /// The worker's name, as long as it is remembered.
  func name(of session: SessionID) -> String {
    self.entries[session]?.name ?? self.formerNames[session] ?? "session \(session.rawValue)"
  }
}
