import BasicContainers

extension Broker {
  // MARK: Coming

  mutating func workerJoined(
    _ peer: PeerID, version: VersionID, liveness: WorkerLiveness, lease: BatchLease, at now: Instant,
    into actions: inout Actions
  ) {
    if let previous = self.workers.slot(of: peer) { self.lose(previous, at: now, into: &actions) }
    guard self.workers.count < self.limits.workers else {
      actions.append(.disconnect(worker: peer, reason: .tooManyWorkers))
      return
    }
    let session = self.takeSession()
    let interval = UInt64(self.timing.heartbeatMilliseconds)
    let worker = Worker(
      peer: peer, session: session, version: version, liveness: liveness, batchLease: lease,
      nextHeartbeat: now.advanced(byMilliseconds: interval))
    let slot = self.workers.insert(worker)
    self.queues[version.index].members += 1
    self.queues[version.index].absentSince = nil
    self.orphans.removeAll { $0 == version }
    self.counters.workersJoined += 1
    self.setTimer(slot, at: now)
    actions.append(.welcome(worker: peer, session: session))
    actions.append(.note(.joined(session)))
  }

  mutating func workerReady(
    _ peer: PeerID, _ session: SessionID, credit: Int, bulkCredit: Int, at now: Instant, into actions: inout Actions
  ) {
    guard let slot = self.heard(peer, session, at: now, into: &actions) else { return }
    var worker = self.workers[slot]
    guard !worker.hasAnnounced else {
      self.expel(slot, reason: .secondReady, at: now, into: &actions)
      return
    }
    worker.hasAnnounced = true
    worker.credit = [min(credit, self.limits.credit), min(bulkCredit, self.limits.credit)]
    worker.creditLimit = CreditLimit(credit: worker.credit[0])
    self.workers[slot] = worker
    // An order to drain may have crossed READY on its way: then nothing new comes of it.
    guard worker.state == .warming else { return }
    self.workers[slot].state = .ready
    self.queues[worker.version.index].ready += 1
    if worker.credit[Lane.bulk.index] > 0 { self.queues[worker.version.index].bulkReady += 1 }
    self.placeInBothLanes(slot)
    actions.append(.note(.ready(session)))
  }

  /// A sign of life. Nil if the broker does not know the session; the sender is told then.
  mutating func heard(
    _ peer: PeerID, _ session: SessionID, at now: Instant, into actions: inout Actions
  ) -> Int? {
    guard let slot = self.workers.slot(of: peer), self.workers[slot].session == session else {
      self.counters.staleSessions += 1
      if self.workers.slot(of: peer) == nil { actions.append(.disconnect(worker: peer, reason: .unknownSession)) }
      return nil
    }
    self.workers[slot].liveness.heard(at: now)
    if self.workers[slot].isSuspect {
      self.workers[slot].isSuspect = false
      // While it was suspect, only its death was waited for.
      self.setTimer(slot, at: now)
      self.placeInBothLanes(slot)
      actions.append(.note(.recovered(session)))
    }
    return slot
  }

  mutating func heartbeatReceived(
    _ peer: PeerID, _ session: SessionID, progress: UInt64?, at now: Instant, into actions: inout Actions
  ) {
    guard let slot = self.heard(peer, session, at: now, into: &actions) else { return }
    self.workers[slot].batchLease.heard(progress: progress, at: now)
  }

  // MARK: Leaving

  mutating func drainingReceived(
    _ peer: PeerID, _ session: SessionID, at now: Instant, into actions: inout Actions
  ) {
    guard let slot = self.heard(peer, session, at: now, into: &actions) else { return }
    self.startDraining(slot, at: now, into: &actions)
  }

  mutating func drainOrdered(_ session: SessionID, at now: Instant, into actions: inout Actions) {
    guard let slot = self.workers.slot(of: session) else { return }
    self.startDraining(slot, at: now, into: &actions)
    actions.append(.drain(worker: self.workers[slot].peer, session: session))
  }

  private mutating func startDraining(_ slot: Int, at now: Instant, into actions: inout Actions) {
    guard self.workers[slot].state != .draining else { return }
    self.stopServing(slot, at: now)
    actions.append(.note(.draining(self.workers[slot].session)))
  }

  /// From here on nothing new goes to this worker, and no request waits for it.
  private mutating func stopServing(_ slot: Int, at now: Instant) {
    var worker = self.workers[slot]
    if worker.state == .ready { self.leaveReady(worker) }
    worker.state = .draining
    self.workers[slot] = worker
    self.placeInBothLanes(slot)
    self.queues[worker.version.index].members -= 1
    if self.queues[worker.version.index].members == 0 {
      self.queues[worker.version.index].absentSince = now
      if self.queues[worker.version.index].waitingInAll > 0 { self.orphans.append(worker.version) }
    }
  }

  mutating func goodbyeReceived(
    _ peer: PeerID, _ session: SessionID, at now: Instant, into actions: inout Actions
  ) {
    guard let slot = self.heard(peer, session, at: now, into: &actions) else { return }
    let requeued = self.remove(slot, countsAsLoss: false, at: now, into: &actions)
    self.counters.workersLeft += 1
    actions.append(.note(requeued == 0 ? .left(session) : .lost(session, requeued: Int32(requeued))))
  }

  mutating func workerUnreachable(_ peer: PeerID, at now: Instant, into actions: inout Actions) {
    guard let slot = self.workers.slot(of: peer) else { return }
    self.lose(slot, at: now, into: &actions)
  }

  mutating func workerMisbehaved(_ peer: PeerID, at now: Instant, into actions: inout Actions) {
    guard let slot = self.workers.slot(of: peer) else {
      self.counters.misbehaved += 1
      actions.append(.disconnect(worker: peer, reason: .misbehaved))
      return
    }
    self.expel(slot, reason: .misbehaved, at: now, into: &actions)
  }

  mutating func workerRejected(_ peer: PeerID, at now: Instant, into actions: inout Actions) {
    guard let slot = self.workers.slot(of: peer) else { return }
    self.counters.workersRejected += 1
    self.lose(slot, at: now, into: &actions)
    actions.append(.disconnect(worker: peer, reason: .digestMismatch))
  }

  private mutating func expel(
    _ slot: Int, reason: DisconnectReason, at now: Instant, into actions: inout Actions
  ) {
    self.counters.misbehaved += 1
    let peer = self.workers[slot].peer
    self.lose(slot, at: now, into: &actions)
    actions.append(.disconnect(worker: peer, reason: reason))
  }

  /// A worker is gone without a word: its work goes to others.
  mutating func lose(_ slot: Int, at now: Instant, into actions: inout Actions) {
    let session = self.workers[slot].session
    let requeued = self.remove(slot, countsAsLoss: true, at: now, into: &actions)
    self.counters.workersLost += 1
    actions.append(.note(.lost(session, requeued: Int32(requeued))))
  }

  /// Takes a member out of the tables and its work back. Returns how many requests went back into the queue.
  private mutating func remove(
    _ slot: Int, countsAsLoss: Bool, at now: Instant, into actions: inout Actions
  ) -> Int {
    if self.workers[slot].state != .draining { self.stopServing(slot, at: now) }
    let session = self.workers[slot].session
    var requeued = 0
    while self.workers[slot].firstLease != RequestTable.absent {
      let requestSlot = Int(self.workers[slot].firstLease)
      self.endLease(requestSlot, .last)
      if self.takeBack(requestSlot, from: session, countsAsLoss: countsAsLoss, at: now, into: &actions) {
        requeued += 1
      }
    }
    self.workers.remove(slot)
    return requeued
  }

  /// Decides about work whose worker is gone: back into the queue, or too often already. True if it went back.
  private mutating func takeBack(
    _ slot: Int, from session: SessionID, countsAsLoss: Bool, at now: Instant, into actions: inout Actions
  ) -> Bool {
    if self.requests[slot].state == .abandoned {
      self.requests.release(slot)
      return false
    }
    if countsAsLoss {
      let losses = Int(self.requests[slot].losses)
      if losses < 3 { self.requests[slot].killers[losses] = session }
      self.requests[slot].losses += 1
    }
    let request = self.requests[slot]
    self.enqueue(slot)
    guard Int(request.losses) < self.limits.attempts(request.requestClass.lane), request.attempt < .max else {
      if !request.isCopy { self.counters.poisoned += 1 }
      let killers = request.killers
      self.end(slot, with: .poisoned(killers[0], killers[1], killers[2]), at: now, into: &actions)
      actions.append(.note(.poisoned(request.version)))
      return false
    }
    self.counters.retried += 1
    return true
  }

  private mutating func leaveReady(_ worker: Worker) {
    self.queues[worker.version.index].ready -= 1
    if worker.credit[Lane.bulk.index] > 0 { self.queues[worker.version.index].bulkReady -= 1 }
  }

  mutating func placeInBothLanes(_ slot: Int) {
    self.place(slot, lane: .interactive, .last)
    self.place(slot, lane: .bulk, .last)
    self.markDirty(self.workers[slot].version)
  }

  private mutating func takeSession() -> SessionID {
    var session = SessionID(self.nextSession)
    while session.rawValue == 0 || self.workers.slot(of: session) != nil {
      session.rawValue &+= 1
    }
    self.nextSession = session.rawValue &+ 1
    return session
  }
}
