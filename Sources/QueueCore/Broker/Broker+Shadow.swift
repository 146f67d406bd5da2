import BasicContainers

extension Broker {
  // MARK: Made

  /// Makes the copies of a request that its route asks for and that there is room for.
  mutating func copy(_ slot: Int, _ submission: Submission, at now: Instant) {
    guard case .model(let model) = submission.target, let route = self.route(of: model).active,
      !route.shadows.isEmpty
    else { return }
    // By the request and not by its routing key: a share of all requests, not all requests of a share of the keys.
    let sample = route.shadowSlot(for: submission.identity.with(submission.request.rawValue))
    for shadow in route.shadows where sample < shadow.slots {
      if let reason = self.reasonAgainstCopy(for: shadow.version) {
        self.drop(reason, of: shadow.version)
      } else {
        self.makeCopy(of: slot, for: shadow.version, at: now)
      }
    }
  }

  private func reasonAgainstCopy(for version: VersionID) -> ShadowDrop? {
    if self.queues[version.index].ready == 0 { return .noWorker }
    if self.queues[version.index].waiting(.shadow) >= ShadowPolicy.queue { return .queueFull }
    if ShadowPolicy.isNear(self.requests.occupied + self.requests.copies, self.limits.requests) {
      return .requestLimit
    }
    return ShadowPolicy.isNear(self.requests.heldBytes, self.limits.heldBytes) ? .memoryLimit : nil
  }

  private mutating func makeCopy(of primary: Int, for version: VersionID, at now: Instant) {
    if self.requests[primary].group == RequestTable.absent {
      let request = self.requests[primary]
      self.requests[primary].group = self.shadowGroups.insert(
        ShadowGroup(
          number: request.arrival, payload: request.payload, payloadBytes: request.payloadBytes, holders: 1))
    }
    let group = self.requests[primary].group
    let index = self.shadowGroups[group].count
    self.arrivals += 1
    let slot = self.requests.insertCopy(
      of: primary, for: version, index: index,
      deadline: now.advanced(byMilliseconds: ShadowPolicy.timeoutMilliseconds), arrival: self.arrivals, at: now)
    self.shadowGroups[group].open[Int(index)] = Int32(slot)
    self.shadowGroups[group].count += 1
    self.shadowGroups[group].holders += 1
    self.counters.copiesMade += 1
    self.enqueue(slot)
  }

  private mutating func drop(_ reason: ShadowDrop, of version: VersionID) {
    self.counters.copiesDropped[Int(reason.rawValue)] += 1
    self.figures[version.index].dropped(reason)
  }

  // MARK: Ended

  /// A worker answered a request that has copies: one side of each comparison.
  mutating func primaryAnswered(
    _ request: Request, with result: ResultHeader, payload: PayloadRef, at now: Instant, into actions: inout Actions
  ) {
    self.shadowGroups[request.group].isPrimaryOpen = false
    let group = self.shadowGroups[request.group]
    for copy in 0..<Int(group.count) {
      let outcome = Self.outcome(.primary, group.comparison(copy), request, result, at: now)
      actions.append(.outcome(outcome, payload: payload))
    }
  }

  /// A worker answered a copy.
  mutating func copyAnswered(
    _ slot: Int, with result: ResultHeader, payload: PayloadRef, at now: Instant, into actions: inout Actions
  ) {
    let request = self.requests[slot]
    let comparison = self.detachCopy(slot)
    self.counters.copiesEnded += 1
    let outcome = Self.outcome(.shadow, comparison, request, result, at: now)
    self.figures[request.version.index].answered(
      .shadow, result.status, afterMicroseconds: outcome.latencyMicroseconds)
    actions.append(.outcome(outcome, payload: payload))
  }

  /// A copy ends without a worker's answer: with what its client would be told, if it had one, or given up.
  mutating func copyEnded(_ slot: Int, with refusal: Refusal?, at now: Instant, into actions: inout Actions) {
    let request = self.requests[slot]
    let comparison = self.detachCopy(slot)
    guard let refusal else {
      actions.append(.forget(comparison))
      return
    }
    self.counters.copiesEnded += 1
    self.figures[request.version.index].refused(.shadow, refusal.status)
    let outcome = ShadowOutcome(
      comparison: comparison, side: .shadow, version: request.version, epoch: request.epoch, status: refusal.status,
      contentType: .octets, latencyMicroseconds: now.microseconds(since: request.acceptedAt), computeMicroseconds: 0)
    actions.append(.outcome(outcome, payload: .none))
  }

  private mutating func detachCopy(_ slot: Int) -> ComparisonID {
    let request = self.requests[slot]
    self.requests.clearDeadline(slot)
    self.shadowGroups[request.group].open[Int(request.copyIndex)] = RequestTable.absent
    return self.shadowGroups[request.group].comparison(Int(request.copyIndex))
  }

  /// A request ended without a worker's answer: there is nothing to compare its copies with.
  mutating func giveCopiesUp(of request: Request, at now: Instant, into actions: inout Actions) {
    self.shadowGroups[request.group].isPrimaryOpen = false
    for copy in 0..<Int(self.shadowGroups[request.group].count) {
      let slot = Int(self.shadowGroups[request.group].open[copy])
      if slot >= 0 {
        self.drop(.primaryEnded, of: self.requests[slot].version)
        self.end(slot, with: nil, at: now, into: &actions)
      } else {
        // It ended before, and its outcome was kept.
        actions.append(.forget(self.shadowGroups[request.group].comparison(copy)))
      }
    }
  }

  /// Gives up copies whose payload nobody else needs, as long as a request would be refused for want of their bytes.
  mutating func makeRoom(for bytes: Int, at now: Instant, into actions: inout Actions) {
    guard self.requests.copies > 0, self.requests.heldBytes + bytes > self.limits.heldBytes else { return }
    for group in self.shadowGroups.slots.indices {
      let candidate = self.shadowGroups.slots[group]
      guard candidate.holders > 0, !candidate.isPrimaryOpen, candidate.payloadBytes > 0 else { continue }
      for copy in 0..<Int(candidate.count) where candidate.open[copy] >= 0 {
        let slot = Int(candidate.open[copy])
        self.drop(.madeRoom, of: self.requests[slot].version)
        self.end(slot, with: nil, at: now, into: &actions)
      }
      if self.requests.heldBytes + bytes <= self.limits.heldBytes { return }
    }
  }

  /// A request or copy of a group has ended. The last one takes the payload along.
  mutating func leave(_ slot: Int32, into actions: inout Actions) {
    self.shadowGroups[slot].holders -= 1
    let group = self.shadowGroups[slot]
    guard group.holders == 0 else { return }
    self.shadowGroups.remove(slot)
    self.requests.letGo(bytes: group.payloadBytes)
    self.release(group.payload, into: &actions)
  }

  private static func outcome(
    _ side: ShadowOutcome.Side, _ comparison: ComparisonID, _ request: Request, _ result: ResultHeader,
    at now: Instant
  ) -> ShadowOutcome {
    ShadowOutcome(
      comparison: comparison, side: side, version: request.version, epoch: request.epoch, status: result.status,
      contentType: result.contentType, latencyMicroseconds: now.microseconds(since: request.acceptedAt),
      computeMicroseconds: result.computeMicroseconds)
  }
}
