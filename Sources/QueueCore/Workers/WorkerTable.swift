import BasicContainers

/// The members: found by connection, by session and by slot.
struct WorkerTable: ~Copyable {
  /// Members, and in free slots those that were there last.
  private(set) var slots = UniqueArray<Worker>()
  private(set) var free = UniqueArray<Int32>()
  private(set) var slotByPeer = SlotIndex()
  private(set) var slotBySession = SlotIndex()
  /// Where each worker stands in its version's open lists, a table a lane.
  var links = UniqueArray<UniqueArray<LevelList.Link>>(minimumCapacity: 2)
  /// When each worker next needs a look.
  var timers = IndexedHeap()
  var timerPositions = UniqueArray<Int32>()

  /// Makes an empty table.
  init() {
    for _ in Lane.allCases { self.links.append(UniqueArray()) }
  }

  var count: Int { self.slotByPeer.count }

  @inline(__always)
  func slot(of peer: PeerID) -> Int? { self.slotByPeer.slot(of: peer.rawValue, in: self.slots, by: Self.peer) }
  @inline(__always)
  func slot(of session: SessionID) -> Int? {
    self.slotBySession.slot(of: UInt64(session.rawValue), in: self.slots, by: Self.session)
  }

  private static func peer(_ worker: Worker) -> UInt64 { worker.peer.rawValue }
  private static func session(_ worker: Worker) -> UInt64 { UInt64(worker.session.rawValue) }

  /// The worker in an occupied slot.
  subscript(slot: Int) -> Worker {
    _read {
      self.check(slot)
      yield self.slots[slot]
    }
    _modify {
      self.check(slot)
      yield &self.slots[slot]
    }
  }

  @inline(__always)
  private func check(_ slot: Int) {
    precondition(self.slots[slot].isMember, "a worker that has left is not asked")
  }

  mutating func insert(_ worker: Worker) -> Int {
    let slot: Int
    if let reused = self.free.popLast() {
      slot = Int(reused)
    } else {
      slot = self.slots.count
      self.slots.append(worker)
      self.links[0].append(LevelList.Link())
      self.links[1].append(LevelList.Link())
      self.timerPositions.append(IndexedHeap.absent)
    }
    self.slots[slot] = worker
    self.slotByPeer.insert(slot, in: self.slots, by: Self.peer)
    self.slotBySession.insert(slot, in: self.slots, by: Self.session)
    return slot
  }

  mutating func remove(_ slot: Int) {
    self.check(slot)
    if self.timerPositions[slot] != IndexedHeap.absent {
      self.timers.remove(slot: slot, positions: &self.timerPositions)
    }
    self.slotByPeer.remove(slot, in: self.slots, by: Self.peer)
    self.slotBySession.remove(slot, in: self.slots, by: Self.session)
    self.slots[slot].isMember = false
    self.free.append(Int32(slot))
  }

  mutating func setTimer(_ slot: Int, at due: Instant) {
    if self.timerPositions[slot] != IndexedHeap.absent {
      self.timers.remove(slot: slot, positions: &self.timerPositions)
    }
    self.timers.insert(
      IndexedHeap.Element(major: due.nanoseconds, minor: UInt64(slot), slot: Int32(slot)),
      positions: &self.timerPositions)
  }
}
