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
    if self.isShuttingDown { return self.refuse(submission, .shuttingDown, into: &actions) }
    let resolution: Resolution
    switch self.resolve(submission, at: now) {
    case .success(let resolved): resolution = resolved
    case .failure(let refusal): return self.refuse(submission, refusal, into: &actions)
    }
    self.makeRoom(for: submission.payloadBytes, at: now, into: &actions)
    if let refusal = self.refusal(of: submission, for: resolution, at: now) {
      self.figures[resolution.version.index].refused(submission.requestClass, refusal.status)
      return self.refuse(submission, refusal, into: &actions)
    }
    self.counters.accepted += 1
    self.arrivals += 1
    let slot = self.requests.insert(submission, as: resolution, arrival: self.arrivals, at: now)
    self.enqueue(slot)
    if resolution.isRouted { self.countAssignment(submission, to: resolution.version) }
    if resolution.isRouted, submission.requestClass == .online { self.copy(slot, submission, at: now) }
  }

  private mutating func refuse(_ submission: Submission, _ refusal: Refusal, into actions: inout Actions) {
    self.counters.refused += 1
    self.refuse(submission.client, submission.request, refusal, attempts: 0, into: &actions)
    self.release(submission.payload, into: &actions)
  }

  /// Why the version cannot take a request on; nil if it can.
  ///
  /// These questions change nothing, and are mutating all the same: the compiler moves a whole broker before it asks it
  /// anything that is not.
  private mutating func refusal(of submission: Submission, for resolution: Resolution, at now: Instant) -> Refusal? {
    let version = resolution.version
    if let refusal = self.refusalByLimits(submission, version: version) { return refusal }
    if submission.timeoutMicroseconds == 0 { return .deadlinePassedOnArrival }
    if let absent = self.absentTooLong(version, at: now) {
      return Self.absence(version, resolution.epoch, isRouted: resolution.isRouted, milliseconds: absent)
    }
    if submission.requestClass.lane == .bulk, self.queues[version.index].refusesBulk { return .noBulkCredit(version) }
    return self.hopelessMicroseconds(submission, version: version, at: now)
      .map { .deadlineUnreachable(version, estimatedMicroseconds: $0) }
  }

  static func absence(_ version: VersionID, _ epoch: UInt32, isRouted: Bool, milliseconds: UInt64) -> Refusal {
    isRouted
      ? .noWorkerForRoute(version, epoch: epoch, absentMilliseconds: milliseconds)
      : .noWorker(version, absentMilliseconds: milliseconds)
  }

  /// The time-out that the request would need, if its own is shorter; nil if it may be met.
  ///
  /// It should be done in four fifths of its time: the rate is a mean, and what is late is not just refused later, its
  /// client has waited and a worker may have worked in vain. Tried all the same if nobody waits: then there is nothing
  /// to lose, and whether the rate is still right shows only in results.
  private mutating func hopelessMicroseconds(_ submission: Submission, version: VersionID, at now: Instant) -> UInt64? {
    guard submission.timeoutMicroseconds > 0 else { return nil }
    let timeout = UInt64(submission.timeoutMicroseconds)
    let requestClass = submission.requestClass
    let lane = requestClass.lane.index
    let waiting = self.queues[version.index].waiting(requestClass)
    guard waiting > 0,
      let most = self.queues[version.index].rates[lane].requests(within: timeout - timeout / 5)
    else { return nil }
    // The whole class is counted in no time and is the most that can go before.
    let others = self.queues[version.index].atWorkers[lane] + 1
    guard others + waiting > most else { return nil }
    let before = self.queues[version.index].waiting(
      requestClass, before: now.advanced(byMicroseconds: timeout), of: submission.client,
      upTo: 8 * max(most, 1))
    guard others + before > most,
      let needed = self.queues[version.index].rates[lane].microseconds(for: others + before)
    else { return nil }
    let (reserved, overflow) = needed.addingReportingOverflow(needed / 4 + 1)
    return overflow ? .max : max(reserved, timeout + 1)
  }

  private mutating func refusalByLimits(_ submission: Submission, version: VersionID) -> Refusal? {
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
    let limit = self.limits.queuedPerVersion
    let free = limit - self.queues[version.index].waitingForClients
    if free <= 0 { return .versionQueueFull(version, limit: limit) }
    // While there is much room, nobody can have too much of it.
    let share = Self.queueShare * free
    guard limit - free >= share else { return nil }
    let waiting = self.queues[version.index].waiting(of: submission.client)
    return waiting >= share ? .versionQueueShare(version, waiting: waiting, limit: limit) : nil
  }

  /// How many times as many requests of a client may wait for a version as there is room for others: so that those who
  /// ask for much cannot fill the queue, however many they are, and whoever asks for little still gets in.
  package static var queueShare: Int { 8 }

  /// Milliseconds without a member, if they are more than the grace; nil if requests may wait.
  @inline(__always)
  func absentTooLong(_ version: VersionID, at now: Instant) -> UInt64? {
    guard let since = self.queues[version.index].absentSince else { return nil }
    let absent = now.milliseconds(since: since)
    return absent >= self.timing.orphanGraceMilliseconds ? absent : nil
  }

  // MARK: Queued

  mutating func enqueue(_ slot: Int) {
    let version = self.requests[slot].version
    self.requests[slot].state = .queued
    self.requests[slot].flow = self.queues[version.index].enqueue(
      slot, requestClass: self.requests[slot].requestClass, client: self.requests[slot].client,
      deadline: self.requests[slot].deadline, arrival: self.requests[slot].arrival,
      positions: &self.requests.queuePositions)
    if self.requests[slot].isCopy { self.queues[version.index].waitingCopies += 1 }
    if self.queues[version.index].absentSince != nil, !self.orphans.contains(version) {
      self.orphans.append(version)
    }
    self.markDirty(version)
  }

  // MARK: Answered

  /// Times a request is handed out before a worker's ABORTED goes to the client instead of back into the queue, so
  /// that a worker that hands everything back cannot keep a request going round.
  package static var maximumHandOuts: UInt8 { 32 }

  mutating func cancelReceived(
    client: PeerID, request: RequestID, at now: Instant, into actions: inout Actions
  ) {
    guard let slot = self.requests.slot(client: client, request: request) else {
      self.counters.idleCancellations += 1
      return
    }
    self.counters.cancelled += 1
    self.end(slot, with: .cancelled, at: now, into: &actions)
  }

  mutating func clientUnreachable(_ client: PeerID, at now: Instant, into actions: inout Actions) {
    while let slot = self.requests.firstRequest(of: client) {
      self.counters.clientGone += 1
      self.end(slot, with: nil, at: now, into: &actions)
    }
  }

  /// Ends a request that is queued or dispatched without a worker's answer; nil tells nobody.
  mutating func end(_ slot: Int, with refusal: Refusal?, at now: Instant, into actions: inout Actions) {
    let request = self.requests[slot]
    if request.isCopy {
      self.copyEnded(slot, with: refusal, at: now, into: &actions)
    } else {
      if let refusal {
        self.counters.failed += 1
        self.refuse(request.client, request.request, refusal, attempts: request.attempt, into: &actions)
      }
      self.figures[request.version.index].refused(request.requestClass, refusal?.status ?? .cancelled)
      self.requests.detachFromClient(slot)
      if request.group != RequestTable.absent { self.giveCopiesUp(of: request, at: now, into: &actions) }
    }
    switch request.state {
    case .queued:
      self.queues[request.version.index].remove(
        slot, requestClass: request.requestClass, flow: request.flow, positions: &self.requests.queuePositions)
      if request.isCopy { self.queues[request.version.index].waitingCopies -= 1 }
      self.requests.release(slot)
    case .dispatched:
      self.requests[slot].state = .abandoned
      self.requests[slot].payload = .none
      let worker = self.workers[Int(request.worker)]
      actions.append(.cancelWork(worker: worker.peer, work: self.requests.work(slot), attempt: request.attempt))
    case .free, .abandoned:
      preconditionFailure("Cannot end a request when it is \(request.state)")
    }
    self.letGo(request, into: &actions)
  }

  /// A request or copy needs its payload no longer.
  private mutating func letGo(_ request: Request, into actions: inout Actions) {
    self.letGo(request.payload, bytes: request.payloadBytes, group: request.group, into: &actions)
  }

  private mutating func letGo(_ payload: PayloadRef, bytes: Int, group: Int32, into actions: inout Actions) {
    if group == RequestTable.absent {
      self.requests.letGo(bytes: bytes)
      self.release(payload, into: &actions)
    } else {
      self.leave(group, into: &actions)
    }
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
    let lane = self.requests[slot].requestClass.lane
    let bytes = self.requests[slot].payloadBytes
    self.workers[workerSlot].reported(result, payloadBytes: bytes, lane: lane, at: now)
    self.endLease(slot, result.status.isWorkersFault ? .last : .first)
    self.queues[self.requests[slot].version.index].resultReceived(lane, at: now)
    if self.requests[slot].state == .abandoned {
      self.requests.release(slot)
    } else if result.status == .aborted, self.requests[slot].attempt < Self.maximumHandOuts {
      self.counters.handedBack += 1
      self.enqueue(slot)
    } else if self.requests[slot].isCopy {
      let request = self.requests[slot]
      self.copyAnswered(slot, with: result, payload: payload, at: now, into: &actions)
      self.requests.release(slot)
      self.letGo(request, into: &actions)
    } else {
      self.reply(slot, with: result, payload: payload, at: now, into: &actions)
    }
  }

  private mutating func reply(
    _ slot: Int, with result: ResultHeader, payload: PayloadRef, at now: Instant, into actions: inout Actions
  ) {
    let group = self.requests[slot].group
    if group != RequestTable.absent {
      self.primaryAnswered(self.requests[slot], with: result, payload: payload, at: now, into: &actions)
    }
    actions.append(
      .reply(client: self.requests[slot].client, reply: self.requests[slot].reply(to: result), payload: payload))
    self.counters.replied += 1
    self.figures[self.requests[slot].version.index].answered(
      self.requests[slot].requestClass, result.status,
      afterMicroseconds: now.microseconds(since: self.requests[slot].acceptedAt))
    self.requests.detachFromClient(slot)
    let input = self.requests[slot].payload
    let bytes = self.requests[slot].payloadBytes
    self.requests.release(slot)
    self.letGo(input, bytes: bytes, group: group, into: &actions)
  }
}

extension StatusCode {
  /// Whether a worker that answers so is not to be the next one to get work, if there are others.
  fileprivate var isWorkersFault: Bool {
    switch self {
    case .unknown, .resourceExhausted, .aborted, .internal, .unavailable, .dataLoss: true
    default: false
    }
  }
}
