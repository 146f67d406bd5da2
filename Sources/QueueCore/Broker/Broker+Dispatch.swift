import BasicContainers

extension Broker {
  /// Hands out what can be handed out, for every version that something changed for.
  mutating func dispatchAll(at now: Instant, into actions: inout Actions) {
    for index in self.dirty.indices {
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
    let request = self.requests[slot]
    precondition(request.state == .queued, "what was popped is queued")
    var worker = self.workers[workerSlot]
    let attempt = request.attempt + 1
    self.requests[slot].state = .dispatched
    self.requests[slot].attempt = attempt
    self.requests[slot].dispatchedAt = now
    self.requests[slot].worker = Int32(workerSlot)
    self.requests[slot].previousLease = RequestTable.absent
    self.requests[slot].nextLease = worker.firstLease
    if worker.firstLease != RequestTable.absent {
      self.requests[Int(worker.firstLease)].previousLease = Int32(slot)
    }
    worker.firstLease = Int32(slot)
    worker.outstanding[lane.index] += 1
    if lane == .bulk, worker.outstanding[lane.index] == 1 { worker.batchLease.moved(at: now) }
    if lane == .bulk, request.losses > 0 { worker.isOnTrial = true }
    self.workers[workerSlot] = worker
    self.place(workerSlot, lane: lane)
    self.queues[request.version.index].atWorkers[lane.index] += 1
    if request.isCopy { self.queues[request.version.index].waitingCopies -= 1 }
    self.counters.dispatched += 1
    let remaining =
      request.deadline == .distantFuture
      ? RequestHeader.noTimeout : Int64(clamping: request.deadline.microseconds(since: now))
    let header = WorkHeader(
      work: self.requests.work(slot), remainingMicroseconds: remaining, attempt: attempt,
      requestClass: request.requestClass, contentType: request.contentType, parts: Int(request.parts))
    actions.append(.dispatch(worker: worker.peer, work: header, payload: request.payload))
  }

  /// The worker no longer has the request: its credit comes back. The request's own fate is the caller's.
  mutating func endLease(_ slot: Int) {
    let request = self.requests[slot]
    let workerSlot = Int(request.worker)
    let lane = request.requestClass.lane
    var worker = self.workers[workerSlot]
    if request.previousLease == RequestTable.absent {
      worker.firstLease = request.nextLease
    } else {
      self.requests[Int(request.previousLease)].nextLease = request.nextLease
    }
    if request.nextLease != RequestTable.absent {
      self.requests[Int(request.nextLease)].previousLease = request.previousLease
    }
    self.requests[slot].worker = RequestTable.absent
    worker.outstanding[lane.index] -= 1
    if worker.outstanding[Lane.bulk.index] == 0 { worker.isOnTrial = false }
    self.workers[workerSlot] = worker
    self.queues[request.version.index].atWorkers[lane.index] -= 1
    self.place(workerSlot, lane: lane)
    self.markDirty(request.version)
  }

  /// Puts a worker where it belongs in its version's open list: by its load if it takes work, nowhere if not.
  mutating func place(_ workerSlot: Int, lane: Lane) {
    let worker = self.workers[workerSlot]
    let isOpen = worker.takesWork && worker.hasCredit(lane) && (lane != .bulk || !worker.isOnTrial)
    let present = Int(self.workers.links[lane.index][workerSlot].level)
    let level = isOpen ? worker.level(lane) : Int(LevelList.absent)
    guard level != present else { return }
    if present != LevelList.absent {
      self.queues[worker.version.index].open[lane.index].remove(
        workerSlot, links: &self.workers.links[lane.index])
    }
    if level != LevelList.absent {
      self.queues[worker.version.index].open[lane.index].insert(
        workerSlot, level: level, links: &self.workers.links[lane.index])
    }
  }
}
