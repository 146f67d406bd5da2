import BasicContainers

/// Joining, beating, leaving.
extension WorkerSession {
  enum State: Equatable {
    case idle
    case joining(until: Instant)
    case backingOff(until: Instant)
    case joined(Membership)
    case leaving(Exit, until: Instant)
    case finished
  }

  struct Membership: Equatable {
    var session: SessionID
    /// How long the broker may say nothing.
    var patienceMilliseconds: UInt64
    var silentAt: Instant
    var nextBeat: Instant

    mutating func heard(at now: Instant) {
      self.silentAt = now.advanced(byMilliseconds: self.patienceMilliseconds)
    }
  }

  /// What ``Action/sendReady`` is to send, apart from the signature; nil as long as there is nothing to announce.
  public var readyHeader: ReadyHeader? {
    guard case .joined(let membership) = self.state, let readiness = self.readiness else { return nil }
    return ReadyHeader(
      session: membership.session, credit: readiness.credit, bulkCredit: readiness.bulkCredit,
      maxBatchSize: readiness.maxBatchSize, loadMilliseconds: readiness.loadMilliseconds, digest: readiness.digest)
  }

  mutating func join(at now: Instant, into actions: inout UniqueArray<Action>) {
    let join = self.configuration.join
    let patience = UInt64(join.heartbeatMilliseconds) * UInt64(join.liveness)
    self.epoch &+= 1
    self.state = .joining(until: now.advanced(byMilliseconds: patience))
    actions.append(.sendJoin)
  }

  /// Everything the broker sends but work and WELCOME.
  mutating func noticeReceived(
    _ command: Command, _ header: RawSpan, at now: Instant, into actions: inout UniqueArray<Action>
  ) throws(WireError) {
    switch command {
    case .brokerHeartbeat: self.heartbeatReceived(try SessionHeader(decoding: header), at: now)
    case .cancelWork: self.cancelReceived(try CancelWorkHeader(decoding: header), at: now, into: &actions)
    case .drain: self.drainReceived(try SessionHeader(decoding: header), at: now, into: &actions)
    case .disconnect: self.disconnectReceived(try DisconnectHeader(decoding: header), at: now, into: &actions)
    default: self.counters.unexpectedUnits += 1
    }
  }

  mutating func welcomeReceived(
    _ header: WelcomeHeader, payload: PayloadRef, at now: Instant, into actions: inout UniqueArray<Action>
  ) {
    if case .leaving(let exit, _) = self.state {
      self.release(payload, into: &actions)
      actions.append(.sendNotice(SessionHeader(.goodbye, session: header.session)))
      return self.end(exit, into: &actions)
    }
    guard case .joining = self.state, header.session.rawValue != 0 else {
      self.counters.unexpectedUnits += 1
      return self.release(payload, into: &actions)
    }
    let patience = UInt64(header.heartbeatMilliseconds) * UInt64(header.liveness)
    var membership = Membership(
      session: header.session, patienceMilliseconds: patience, silentAt: now, nextBeat: self.nextBeat(after: now))
    membership.heard(at: now)
    self.state = .joined(membership)
    self.takeArtifact(payload, at: now, into: &actions)
    if self.readiness != nil { self.announce(at: now, into: &actions) }
  }

  /// What is loaded is loaded once: whether it still is the registered artifact, READY's digest tells the broker.
  private mutating func takeArtifact(
    _ payload: PayloadRef, at now: Instant, into actions: inout UniqueArray<Action>
  ) {
    guard self.configuration.join.wantsArtifact, !self.hasArtifact else { return self.release(payload, into: &actions) }
    if payload != .none {
      self.hasArtifact = true
      actions.append(.loadArtifact(payload))
    } else {
      self.refusal = Self.noArtifact
      self.finish(.refused, at: now, into: &actions)
    }
  }

  private static let noArtifact = DisconnectHeader(
    status: .unimplemented,
    detail: ErrorDetail(
      reason: "NO_ARTIFACT",
      message: "the broker did not say where the registered artifact is; name the model's file to the worker"))

  /// Says READY, and beats at once, so that the broker has figures from the first moment.
  mutating func announce(at now: Instant, into actions: inout UniqueArray<Action>) {
    guard case .joined(let membership) = self.state else { return }
    actions.append(.sendReady)
    self.beat(membership, at: now, into: &actions)
  }

  mutating func beat(_ membership: Membership, at now: Instant, into actions: inout UniqueArray<Action>) {
    var membership = membership
    membership.nextBeat = self.nextBeat(after: now)
    self.state = .joined(membership)
    actions.append(.sendHeartbeat(SessionHeader(.heartbeat, session: membership.session, parts: 1)))
  }

  mutating func heartbeatReceived(_ header: SessionHeader, at now: Instant) {
    guard self.heard(from: header.session, at: now) else { return }
    // Only a broker that keeps us for a while ends a row of failures.
    self.failures = 0
  }

  mutating func drainReceived(_ header: SessionHeader, at now: Instant, into actions: inout UniqueArray<Action>) {
    guard self.heard(from: header.session, at: now) else { return }
    self.drain(at: now, into: &actions)
  }

  /// `ABORTED` invites to join again; every other code is final.
  mutating func disconnectReceived(
    _ header: DisconnectHeader, at now: Instant, into actions: inout UniqueArray<Action>
  ) {
    switch self.state {
    case .joining, .joined: break
    case .leaving(let exit, _): return self.end(exit, into: &actions)
    case .idle, .backingOff, .finished:
      self.counters.unexpectedUnits += 1
      return
    }
    if header.status == .aborted { return self.loseMembership(at: now, into: &actions) }
    self.refusal = header
    self.end(.refused, into: &actions)
  }

  mutating func loseMembership(at now: Instant, into actions: inout UniqueArray<Action>) {
    self.counters.lostMemberships += 1
    if self.isDraining { return self.end(.drained, into: &actions) }
    self.dropEverything(into: &actions)
    let doublings = min(self.failures, 16)
    let pause = min(self.configuration.backoffMilliseconds << doublings, self.configuration.maximumBackoffMilliseconds)
    self.failures = doublings + 1
    self.state = .backingOff(until: now.advanced(byMilliseconds: pause))
    actions.append(.reconnect)
  }

  /// Takes nothing new; leaves as soon as nothing is in hand.
  mutating func drain(at now: Instant, into actions: inout UniqueArray<Action>) {
    guard !self.isDraining else { return }
    self.isDraining = true
    self.drainedBy = now.advanced(byMilliseconds: self.configuration.drainGraceMilliseconds)
    if case .joined(let membership) = self.state, self.readiness != nil {
      actions.append(.sendNotice(SessionHeader(.draining, session: membership.session)))
    }
    self.leaveIfDrained(at: now, into: &actions)
  }

  mutating func leaveIfDrained(at now: Instant, into actions: inout UniqueArray<Action>) {
    guard self.isDraining, self.inHand.count == 0 else { return }
    self.finish(.drained, at: now, into: &actions)
  }

  /// Says GOODBYE if there is somebody to say it to, and ends.
  mutating func finish(_ exit: Exit, at now: Instant, into actions: inout UniqueArray<Action>) {
    switch self.state {
    case .leaving, .finished: break
    case .idle, .backingOff: self.end(exit, into: &actions)
    case .joining:
      // A JOIN that is on its way makes us a member whom the broker would have to miss for a while.
      self.state = .leaving(exit, until: now.advanced(byMilliseconds: Self.leaveMilliseconds))
    case .joined(let membership):
      self.dropEverything(into: &actions)
      actions.append(.sendNotice(SessionHeader(.goodbye, session: membership.session)))
      self.end(exit, into: &actions)
    }
  }

  mutating func end(_ exit: Exit, into actions: inout UniqueArray<Action>) {
    self.dropEverything(into: &actions)
    self.state = .finished
    actions.append(.finished(exit))
  }

  /// How long a worker that leaves waits for the WELCOME that it will answer with GOODBYE.
  private static let leaveMilliseconds: UInt64 = 500

  /// Notes a sign of life, if it is one of this membership.
  private mutating func heard(from session: SessionID, at now: Instant) -> Bool {
    guard case .joined(var membership) = self.state, membership.session == session else {
      self.counters.unexpectedUnits += 1
      return false
    }
    membership.heard(at: now)
    self.state = .joined(membership)
    return true
  }

  private func nextBeat(after now: Instant) -> Instant {
    now.advanced(byMilliseconds: UInt64(self.configuration.join.heartbeatMilliseconds))
  }
}
