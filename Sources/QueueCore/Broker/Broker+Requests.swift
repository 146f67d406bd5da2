import BasicContainers

extension Broker {
  // MARK: Accepted or refused

  mutating func requestReceived(_ submission: Submission, at now: Instant, into actions: inout Actions) {
    if submission.payload != .none { self.counters.payloadsTaken += 1 }
    if self.requests.slot(client: submission.client, request: submission.request) != nil {
      self.counters.duplicateRequests += 1
      self.release(submission.payload, into: &actions)
      return
    }
    switch self.admit(submission, at: now) {
    case .refused(let refusal):
      self.counters.refused += 1
      self.refuse(submission.client, submission.request, refusal, attempts: 0, into: &actions)
      self.release(submission.payload, into: &actions)
    case .accepted(let version):
      self.counters.accepted += 1
      self.arrivals += 1
      let slot = self.requests.insert(submission, version: version, arrival: self.arrivals, at: now)
      self.enqueue(slot)
    }
  }

  private enum Admission {
    case accepted(VersionID)
    case refused(Refusal)
  }

  private func admit(_ submission: Submission, at now: Instant) -> Admission {
    if self.isShuttingDown { return .refused(.shuttingDown) }
    let version: VersionID
    switch submission.target {
    case .unknownModel: return .refused(.unknownModel)
    case .unknownVersion(let model): return .refused(.unknownVersion(model: model))
    case .version(let pinned): version = pinned
    case .model(let model):
      guard let chosen = self.chooseVersion(of: model, at: now) else { return .refused(.noWorkerForModel(model)) }
      version = chosen
    }
    if let refusal = self.refusalByLimits(submission, version: version) { return .refused(refusal) }
    if submission.timeoutMicroseconds == 0 { return .refused(.deadlinePassedOnArrival) }
    if let absent = self.absentTooLong(version, at: now) {
      return .refused(.noWorker(version, absentMilliseconds: absent))
    }
    if submission.requestClass.lane == .bulk, self.queues[version.index].refusesBulk {
      return .refused(.noBulkCredit(version))
    }
    if let needed = self.hopelessMicroseconds(submission, version: version, at: now) {
      return .refused(.deadlineUnreachable(version, estimatedMicroseconds: needed))
    }
    return .accepted(version)
  }

  /// What the requests that go before this one take at least, if it is longer than its time-out; nil if it may be met.
  private func hopelessMicroseconds(_ submission: Submission, version: VersionID, at now: Instant) -> UInt64? {
    guard submission.timeoutMicroseconds > 0 else { return nil }
    let timeout = UInt64(submission.timeoutMicroseconds)
    let requestClass = submission.requestClass
    let rate = self.queues[version.index].rates[requestClass.lane.index]
    // The whole class is counted in no time and is the most that can go before.
    let waiting = self.queues[version.index].waiting(requestClass)
    guard rate.hopefulMicroseconds(waiting: waiting) > timeout else { return nil }
    let before = self.queues[version.index].waiting(
      requestClass, before: now.advanced(byMicroseconds: timeout))
    let needed = rate.hopefulMicroseconds(waiting: before)
    return needed > timeout ? needed : nil
  }

  private func refusalByLimits(_ submission: Submission, version: VersionID) -> Refusal? {
    if submission.payloadBytes > self.limits.payloadBytes {
      return .payloadTooLarge(bytes: submission.payloadBytes, limit: self.limits.payloadBytes)
    }
    if self.requests.outstanding(of: submission.client) >= self.limits.outstandingPerClient {
      return .clientFull(limit: self.limits.outstandingPerClient)
    }
    if self.requests.occupied >= self.limits.requests { return .brokerFull(limit: self.limits.requests) }
    if self.requests.heldBytes + submission.payloadBytes > self.limits.heldBytes {
      return .memoryFull(limit: self.limits.heldBytes)
    }
    if self.queues[version.index].waitingInAll >= self.limits.queuedPerVersion {
      return .versionQueueFull(version, limit: self.limits.queuedPerVersion)
    }
    return nil
  }

  /// The highest version with a ready worker; else the highest with a member that may become ready; else the highest
  /// that has lost its last member so recently that one may come back.
  private func chooseVersion(of model: ModelID, at now: Instant) -> VersionID? {
    let versions = self.catalog.versions(of: model)
    if let ready = versions.first(where: { self.queues[$0.index].ready > 0 }) { return ready }
    if let member = versions.first(where: { self.queues[$0.index].members > 0 }) { return member }
    return versions.first { self.absentTooLong($0, at: now) == nil }
  }

  /// Milliseconds without a member, if they are more than the grace; nil if requests may wait.
  func absentTooLong(_ version: VersionID, at now: Instant) -> UInt64? {
    guard let since = self.queues[version.index].absentSince else { return nil }
    let absent = now.milliseconds(since: since)
    return absent >= self.timing.orphanGraceMilliseconds ? absent : nil
  }

  // MARK: Queued

  mutating func enqueue(_ slot: Int) {
    let request = self.requests[slot]
    self.requests[slot].state = .queued
    self.queues[request.version.index].enqueue(
      slot, requestClass: request.requestClass, deadline: request.deadline, arrival: request.arrival,
      positions: &self.requests.queuePositions)
    if self.queues[request.version.index].absentSince != nil, !self.orphans.contains(request.version) {
      self.orphans.append(request.version)
    }
    self.markDirty(request.version)
  }

  // MARK: Answered

  /// Times a request is handed out before a worker's ABORTED goes to the client instead of back into the queue, so
  /// that a worker that hands everything back cannot keep a request going round.
  package static var maximumHandOuts: UInt8 { 32 }

  mutating func cancelReceived(client: PeerID, request: RequestID, into actions: inout Actions) {
    guard let slot = self.requests.slot(client: client, request: request) else {
      self.counters.idleCancellations += 1
      return
    }
    self.counters.cancelled += 1
    self.end(slot, with: .cancelled, into: &actions)
  }

  mutating func clientUnreachable(_ client: PeerID, into actions: inout Actions) {
    while let slot = self.requests.firstRequest(of: client) {
      self.counters.clientGone += 1
      self.end(slot, with: nil, into: &actions)
    }
  }

  /// Ends a request that is queued or dispatched without a worker's answer; nil tells nobody.
  mutating func end(_ slot: Int, with refusal: Refusal?, into actions: inout Actions) {
    let request = self.requests[slot]
    if let refusal {
      self.counters.failed += 1
      self.refuse(request.client, request.request, refusal, attempts: request.attempt, into: &actions)
    }
    self.requests.detachFromClient(slot)
    switch request.state {
    case .queued:
      self.queues[request.version.index].remove(
        slot, requestClass: request.requestClass, positions: &self.requests.queuePositions)
      self.requests.release(slot)
    case .dispatched:
      self.requests[slot].state = .abandoned
      self.requests[slot].payload = .none
      let worker = self.workers[Int(request.worker)]
      actions.append(.cancelWork(worker: worker.peer, work: self.requests.work(slot), attempt: request.attempt))
    case .free, .abandoned:
      preconditionFailure("Cannot end a request when it is \(request.state)")
    }
    self.release(request.payload, into: &actions)
  }

  mutating func refuse(
    _ client: PeerID, _ request: RequestID, _ refusal: Refusal, attempts: UInt8, into actions: inout Actions
  ) {
    self.counters.refusalsByStatus[Int(refusal.status.rawValue)] += 1
    actions.append(.refuse(client: client, request: request, refusal: refusal, attempts: attempts))
  }

  mutating func resultReceived(
    _ peer: PeerID, _ result: ResultHeader, payload: PayloadRef, at now: Instant, into actions: inout Actions
  ) {
    if payload != .none { self.counters.payloadsTaken += 1 }
    defer { self.release(payload, into: &actions) }
    guard let workerSlot = self.heard(peer, result.session, at: now, into: &actions) else { return }
    guard let slot = self.requests.slot(of: result.work), self.requests[slot].worker == Int32(workerSlot),
      self.requests[slot].attempt == result.attempt
    else {
      self.counters.lateResults += 1
      return
    }
    self.workers[workerSlot].batchLease.moved(at: now)
    self.endLease(slot)
    let request = self.requests[slot]
    let lane = request.requestClass.lane
    let isBacklogged = self.queues[request.version.index].hasWaiting(lane)
    self.queues[request.version.index].rates[lane.index].resultReceived(backlogged: isBacklogged, at: now)
    if request.state == .abandoned {
      self.requests.release(slot)
    } else if result.status == .aborted, request.attempt < Self.maximumHandOuts {
      self.counters.handedBack += 1
      self.enqueue(slot)
    } else {
      self.reply(slot, with: result, payload: payload, at: now, into: &actions)
    }
  }

  private mutating func reply(
    _ slot: Int, with result: ResultHeader, payload: PayloadRef, at now: Instant, into actions: inout Actions
  ) {
    let request = self.requests[slot]
    let waited = request.dispatchedAt.microseconds(since: request.acceptedAt)
    let reply = WorkerReply(
      request: request.request, session: result.session, status: result.status, contentType: result.contentType,
      attempts: request.attempt, parts: UInt8(clamping: result.parts),
      queueMicroseconds: UInt32(clamping: waited + UInt64(result.queueMicroseconds)),
      computeMicroseconds: result.computeMicroseconds)
    actions.append(.reply(client: request.client, reply: reply, payload: payload))
    self.counters.replied += 1
    self.latencies[request.version.index].record(microseconds: now.microseconds(since: request.acceptedAt))
    self.requests.detachFromClient(slot)
    self.requests.release(slot)
    self.release(request.payload, into: &actions)
  }
}
