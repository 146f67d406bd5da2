import BasicContainers

extension Broker {
  /// Does what is due: deadlines of requests, heartbeats and silence of workers, versions without workers.
  mutating func timePassed(at now: Instant, into actions: inout Actions) {
    self.expireRequests(at: now, into: &actions)
    self.lookAfterWorkers(at: now, into: &actions)
    self.refuseOrphans(at: now, into: &actions)
  }

  private mutating func expireRequests(at now: Instant, into actions: inout Actions) {
    while let first = self.requests.deadlines.first, first.major <= now.nanoseconds {
      let request = self.requests[Int(first.slot)]
      if !request.isCopy { self.counters.expired += 1 }
      let refusal: Refusal =
        request.state == .queued
        ? .expiredInQueue(request.version)
        : .expiredAtWorker(request.version, self.workers[Int(request.worker)].session)
      self.end(Int(first.slot), with: refusal, at: now, into: &actions)
    }
  }

  private mutating func lookAfterWorkers(at now: Instant, into actions: inout Actions) {
    while let first = self.workers.timers.first, first.major <= now.nanoseconds {
      let slot = Int(first.slot)
      var worker = self.workers[slot]
      switch worker.liveness.judgement(at: now) {
      case .dead:
        self.lose(slot, at: now, into: &actions)
        actions.append(.disconnect(worker: worker.peer, reason: .lost))
        continue
      case .late where !worker.isSuspect:
        worker.isSuspect = true
        self.workers[slot] = worker
        self.placeInBothLanes(slot)
        actions.append(.note(.suspect(worker.session)))
      case .late, .alive:
        break
      }
      if worker.stuckAt <= now {
        self.dismissStuck(slot, at: now, into: &actions)
        continue
      }
      if worker.nextHeartbeat <= now {
        // From now, not from when it was due: after a long pause one heartbeat is enough.
        worker.nextHeartbeat = now.advanced(byMilliseconds: UInt64(self.timing.heartbeatMilliseconds))
        self.workers[slot] = worker
        actions.append(.heartbeat(worker: worker.peer, session: worker.session))
      }
      self.setTimer(slot, at: now)
    }
  }

  /// A worker that does not get on with its bulk work is worth no more than a dead one, and may be one for ever.
  private mutating func dismissStuck(_ slot: Int, at now: Instant, into actions: inout Actions) {
    let worker = self.workers[slot]
    self.counters.workersStuck += 1
    actions.append(.note(.stuck(worker.session)))
    self.lose(slot, at: now, into: &actions)
    actions.append(.disconnect(worker: worker.peer, reason: .stuck))
  }

  /// A lease that begins later needs no earlier look: it lasts for two heartbeats of the worker at least, and a worker
  /// that takes work is looked at within one and a half.
  mutating func setTimer(_ slot: Int, at now: Instant) {
    let worker = self.workers[slot]
    self.workers.setTimer(slot, at: min(worker.nextHeartbeat, worker.liveness.nextCheck(at: now), worker.stuckAt))
  }

  /// Requests wait for a version without workers for as long as one may be restarting, then they are told.
  private mutating func refuseOrphans(at now: Instant, into actions: inout Actions) {
    guard !self.orphans.isEmpty else { return }
    for version in self.orphans {
      guard let absent = self.absentTooLong(version, at: now) else { continue }
      while let slot = self.queues[version.index].firstWaiting {
        let request = self.requests[slot]
        let refusal = Self.absence(version, request.epoch, isRouted: request.isRouted, milliseconds: absent)
        self.end(slot, with: refusal, at: now, into: &actions)
      }
    }
    var kept: [VersionID] = []
    for version in self.orphans where self.queues[version.index].waitingInAll > 0 { kept.append(version) }
    self.orphans = kept
  }
}
