public import BasicContainers

// What the passing of time does: deadlines, PINGs and the verdict that the broker is dead.

extension ClientSession {
  /// When ``tick(at:into:)`` is to be called next, unless something happens before; `distantFuture` for never.
  public var nextDeadline: Instant {
    guard self.outstandingCount > 0 else { return .distantFuture }
    return min(self.outstanding.nextDeadline, self.nextPing)
  }

  /// The driver has handed over all that it received, and this is the time now.
  ///
  /// At most one PING goes out in a call, however late it is, and the verdict needs as many PINGs as the liveness: a
  /// process that was stopped for a while does not take the broker for dead because of that.
  public mutating func tick(at now: Instant, into actions: inout Actions) {
    while let entry = self.outstanding.removeDue(at: now) {
      self.fail(entry, .deadlineExceeded, into: &actions)
    }
    guard self.outstandingCount > 0, self.isPingDue(at: now) else { return }
    if self.unansweredPings >= self.options.liveness {
      self.giveUp(into: &actions)
    } else {
      self.ping(nonce: self.nextID, at: now, into: &actions)
    }
  }

  /// Whether the broker has been heard, and has not been silent for as many PINGs as the liveness since.
  ///
  /// A driver whose socket keeps what cannot be delivered holds everything but PINGs back while this is false: what is
  /// given up in the meantime then never reaches a broker that comes up late.
  public var isBrokerHeard: Bool {
    self.instance != nil && self.unansweredPings < self.options.liveness
  }

  private var nextPing: Instant {
    self.pingedAt.map { $0.advanced(byMilliseconds: self.options.pingMilliseconds) } ?? .zero
  }

  func isPingDue(at now: Instant) -> Bool {
    self.nextPing <= now
  }

  /// Sends a PING whose number is the lowest id that it precedes.
  mutating func ping(nonce: UInt64, at now: Instant, into actions: inout Actions) {
    self.pingedAt = now
    self.lastNonce = nonce
    self.counters.pings += 1
    self.unansweredPings = min(self.unansweredPings + 1, self.options.liveness)
    actions.append(.ping(nonce: nonce))
  }

  private mutating func giveUp(into actions: inout Actions) {
    let failure = ClientFailure.brokerSilent(
      pings: self.options.liveness, milliseconds: self.options.pingMilliseconds)
    for id in self.outstanding.ids(below: .max) {
      guard let entry = self.outstanding.remove(id) else { continue }
      self.fail(entry, failure, into: &actions)
    }
  }
}
