import BasicContainers

extension Broker {
  /// Hands out what can be handed out, for every version that something changed for.
  mutating func dispatchAll(at now: Instant, into actions: inout Actions) {
    for index in 0..<self.dirty.count {
      let version = self.dirty[index]
      self.queues[version.index].isDirty = false
      self.dispatch(version, lane: .interactive, at: now, into: &actions)
      self.refuseUnservedBulk(version, at: now, into: &actions)
      self.dispatch(version, lane: .bulk, at: now, into: &actions)
    }
    self.dirty.removeAll(keepingCapacity: true)
  }

  /// Bulk requests that came while nobody was ready are refused, as they would be now, if those that are take none.
  private mutating func refuseUnservedBulk(
    _ version: VersionID, at now: Instant, into actions: inout Actions
  ) {
    guard self.queues[version.index].refusesBulk else { return }
    while let slot = self.queues[version.index].firstWaiting(.bulk) {
      self.end(slot, with: .noBulkCredit(version), at: now, into: &actions)
    }
  }

  private mutating func dispatch(
    _ version: VersionID, lane: Lane, at now: Instant, into actions: inout Actions
  ) {
    while let workerSlot = self.queues[version.index].firstOpen(lane),
      self.mayHave(workerSlot, version, lane: lane),
      let slot = self.queues[version.index].popFirst(lane, positions: &self.requests.queuePositions)
    {
      self.lease(slot, to: workerSlot, lane: lane, at: now, into: &actions)
    }
  }

  /// Whether the least loaded worker may have what comes next. A bulk request that a worker died with is handed only to
  /// one without bulk work: what it does to that one must not be held against others.
  private func mayHave(_ workerSlot: Int, _ version: VersionID, lane: Lane) -> Bool {
    guard lane == .bulk, self.workers[workerSlot].outstanding[lane.index] > 0 else { return true }
    guard let next = self.queues[version.index].next(lane) else { return true }
    return self.requests[next].losses == 0
  }

  private mutating func lease(
    _ slot: Int, to workerSlot: Int, lane: Lane, at now: Instant, into actions: inout Actions
  ) {
    let first = self.workers[workerSlot].firstLease
    if first != RequestTable.absent { self.requests[Int(first)].previousLease = Int32(truncatingIfNeeded: slot) }
    let work = self.requests[slot].lease(to: workerSlot, before: first, slot: slot, at: now)
    let version = self.requests[slot].version.index
    let peer = self.workers[workerSlot].gave(slot, lane: lane, isRetry: self.requests[slot].losses > 0, at: now)
    self.place(workerSlot, lane: lane, .first)
    self.queues[version].atWorkers[lane.index] += 1
    if lane == .bulk { self.bulkAtWorkers += 1 }
    if self.requests[slot].isCopy { self.queues[version].waitingCopies -= 1 }
    self.counters.dispatched += 1
    actions.append(.dispatch(worker: peer, work: work, payload: self.requests[slot].payload))
  }

  /// The worker no longer has the request: its credit comes back. The request's own fate is the caller's.
  mutating func endLease(_ slot: Int, _ place: LevelList.Place) {
    let workerSlot = Int(self.requests[slot].worker)
    let lane = self.requests[slot].requestClass.lane
    let version = self.requests[slot].version
    let previous = self.requests[slot].previousLease
    let next = self.requests[slot].nextLease
    self.requests[slot].worker = RequestTable.absent
    if previous == RequestTable.absent {
      self.workers[workerSlot].firstLease = next
    } else {
      self.requests[Int(previous)].nextLease = next
    }
    if next != RequestTable.absent { self.requests[Int(next)].previousLease = previous }
    self.workers[workerSlot].gaveBack(lane)
    if lane == .bulk { self.bulkAtWorkers -= 1 }
    self.queues[version.index].atWorkers[lane.index] -= 1
    self.place(workerSlot, lane: lane, place)
    self.markDirty(version)
  }

  /// Puts a worker where it belongs in its version's open list: by its load if it takes work, nowhere if not. One that
  /// stays on its level keeps its place there, unless that is to be the last.
  mutating func place(_ workerSlot: Int, lane: Lane, _ place: LevelList.Place) {
    let level = self.workers[workerSlot].level(lane) ?? Int(LevelList.absent)
    let present = Int(self.workers.links[lane.index][workerSlot].level)
    if level == present, place == .first || level == LevelList.absent { return }
    let version = self.workers[workerSlot].version.index
    if present != LevelList.absent {
      self.queues[version].open[lane.index].remove(workerSlot, links: &self.workers.links[lane.index])
    }
    if level != LevelList.absent {
      self.queues[version].open[lane.index].insert(
        workerSlot, level: level, place, links: &self.workers.links[lane.index])
    }
  }
}

extension Request {
  /// A worker gets it: fenced by a new attempt, before the requests that this worker has. Returns what it is told.
  mutating func lease(to worker: Int, before next: Int32, slot: Int, at now: Instant) -> WorkHeader {
    precondition(self.state == .queued, "what was popped is queued")
    self.state = .dispatched
    self.attempt += 1
    self.waitedMicroseconds = UInt32(clamping: now.microseconds(since: self.acceptedAt))
    self.worker = Int32(truncatingIfNeeded: worker)
    self.previousLease = RequestTable.absent
    self.nextLease = next
    let remaining =
      self.deadline == .distantFuture
      ? RequestHeader.noTimeout : Int64(clamping: self.deadline.microseconds(since: now))
    return WorkHeader(
      work: WorkID(slot: slot, generation: self.generation), remainingMicroseconds: remaining, attempt: self.attempt,
      requestClass: self.requestClass, contentType: self.contentType, parts: Int(self.parts))
  }
}
