import QueueCore

/// What the checks ask of the ledger.
extension Ledger {
  func outstanding(of client: PeerID) -> Int { self.outstanding[client] ?? 0 }

  func member(_ session: SessionID) -> Member? { self.peers[session].flatMap { self.members[$0] } }

  func entry(_ work: WorkID) -> Entry? { self.keys[work].flatMap { self.entries[$0] } }

  /// Whether a member has bulk work that a worker died with before.
  func isOnTrial(_ session: SessionID) -> Bool {
    self.leases.values.contains { $0.session == session && $0.isSuspect }
  }

  /// Whether bulk work waits for a version that a worker died with.
  func hasSuspectWaiting(_ version: VersionID) -> Bool {
    self.entries.values.contains {
      $0.version == version && $0.state == .waiting && $0.losses > 0 && $0.submission.requestClass.lane == .bulk
    }
  }

  func waiting(_ version: VersionID, _ requestClass: RequestClass) -> WaitingList {
    let index = Self.index(version, requestClass)
    return index < self.waitingLists.count ? self.waitingLists[index] : WaitingList()
  }

  /// How many of a client's requests wait for a version.
  func waiting(_ version: VersionID, of client: PeerID) -> Int {
    RequestClass.allCases.reduce(0) { $0 + self.waiting(version, $1).count(of: client) }
  }

  func waitingCount(_ version: VersionID) -> Int {
    RequestClass.allCases.reduce(0) { $0 + self.waiting(version, $1).count }
  }

  /// Requests of clients that wait for a version.
  func clientsWaiting(_ version: VersionID) -> Int {
    let copies = self.copies.values.count { key in
      self.entries[key].map { $0.version == version && $0.state == .waiting } ?? false
    }
    return self.waitingCount(version) - copies
  }

  /// Requests of clients that have not been answered.
  var requestCount: Int { self.entries.count - self.copies.count }

  /// The copies that have not ended.
  var copyCount: Int { self.copies.count }

  func copy(_ comparison: ComparisonID) -> Entry? { self.copies[comparison].flatMap { self.entries[$0] } }

  /// Slots that the broker needs: for requests, and for work that nobody waits for but that workers still have.
  var occupied: Int {
    self.requestCount + self.leases.values.reduce(0) { $0 + ($1.isAbandoned && !$1.isCopy ? 1 : 0) }
  }

  /// Requests of a lane that workers of a version have.
  func leased(_ version: VersionID, _ lane: Lane) -> Int {
    self.leases.values.count { $0.lane == lane && self.members[$0.peer]?.version == version }
  }

  /// Members that serve a version and take work.
  func isServed(_ version: VersionID, bulk: Bool = false) -> Bool {
    self.members.values.contains {
      $0.version == version && $0.readies > 0 && !$0.isDraining && (!bulk || $0.credit[1] > 0)
    }
  }
}
