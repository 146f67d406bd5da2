public import BasicContainers

/// Work: taken within the credit, answered once.
extension WorkerSession {
  mutating func workReceived(
    _ header: WorkHeader, payload: PayloadRef, at now: Instant, into actions: inout UniqueArray<Action>
  ) {
    guard case .joined(var membership) = self.state else {
      // Nobody to answer to: the membership in which it was given is over.
      self.counters.unexpectedUnits += 1
      return self.release(payload, into: &actions)
    }
    membership.heard(at: now)
    self.state = .joined(membership)
    let ticket = Ticket(work: header.work, attempt: header.attempt, epoch: self.epoch)
    guard !self.inHand.contains(ticket) else {
      self.counters.duplicateWork += 1
      return self.release(payload, into: &actions)
    }
    let lane = header.requestClass.lane
    if let refusal = self.refusal(for: lane) {
      self.counters.refusedWork += 1
      self.release(payload, into: &actions)
      let outcome = Outcome(
        ticket: ticket, status: .resourceExhausted, contentType: .octets, parts: 1, queueMicroseconds: 0,
        computeMicroseconds: 0)
      actions.append(.sendRefusal(ResultHeader(outcome, session: membership.session), refusal))
      return
    }
    self.inHand.insert(ticket, lane: lane)
    let work = Work(
      ticket: ticket, requestClass: header.requestClass, contentType: header.contentType, parts: header.parts,
      payload: payload, receivedAt: now, deadline: Self.deadline(header.remainingMicroseconds, from: now))
    actions.append(.run(work))
  }

  mutating func cancelReceived(
    _ header: CancelWorkHeader, at now: Instant, into actions: inout UniqueArray<Action>
  ) {
    guard case .joined(var membership) = self.state else {
      self.counters.unexpectedUnits += 1
      return
    }
    membership.heard(at: now)
    self.state = .joined(membership)
    let ticket = Ticket(work: header.work, attempt: header.attempt, epoch: self.epoch)
    // Not in hand is no error: the result may have crossed the cancellation on its way.
    if self.inHand.contains(ticket) { actions.append(.cancel(ticket)) }
  }

  /// A piece of work that ``Action/run(_:)`` handed out is done, or failed, was cancelled, or came too late.
  ///
  /// The payload comes back in exactly one ``Action/sendResult(_:_:)`` or ``Action/release(_:)``.
  public mutating func resultReady(
    _ outcome: Outcome, payload: PayloadRef, at now: Instant, into actions: inout UniqueArray<Action>
  ) {
    guard case .joined(let membership) = self.state, self.inHand.remove(outcome.ticket) else {
      self.counters.staleResults += 1
      return self.release(payload, into: &actions)
    }
    actions.append(.sendResult(ResultHeader(outcome, session: membership.session), payload))
    self.leaveIfDrained(at: now, into: &actions)
  }

  /// Forgets all work in hand; what comes of it will be stale.
  mutating func dropEverything(into actions: inout UniqueArray<Action>) {
    for ticket in self.inHand.tickets { actions.append(.cancel(ticket)) }
    self.inHand = InHand()
  }

  mutating func release(_ payload: PayloadRef, into actions: inout UniqueArray<Action>) {
    if payload != .none { actions.append(.release(payload)) }
  }

  /// Work that crosses our DRAINING on its way is still ours: the broker sent it in good faith.
  private func refusal(for lane: Lane) -> Refusal? {
    guard let readiness = self.readiness else { return .notReady }
    let credit = lane == .interactive ? readiness.credit : readiness.bulkCredit
    return self.inHand.count(lane) < Int(credit) ? nil : .overCredit(lane, credit: credit)
  }

  private static func deadline(_ remainingMicroseconds: Int64, from now: Instant) -> Instant {
    guard remainingMicroseconds != RequestHeader.noTimeout else { return .distantFuture }
    return now.advanced(byMicroseconds: UInt64(clamping: remainingMicroseconds))
  }
}

extension WorkerSession {
  /// The work taken and not yet answered, by lane. Its order depends on nothing but what happened.
  struct InHand: ~Copyable {
    private(set) var tickets: [Ticket] = []
    private var lanes: [Lane] = []
    /// By work, and by attempt and epoch. The broker names the work, and there is no more of it than the credit.
    private var positions = FlatTable()
    private var counts = (interactive: 0, bulk: 0)

    var count: Int { self.tickets.count }

    func count(_ lane: Lane) -> Int {
      lane == .interactive ? self.counts.interactive : self.counts.bulk
    }

    func contains(_ ticket: Ticket) -> Bool {
      self.position(of: ticket) != nil
    }

    mutating func insert(_ ticket: Ticket, lane: Lane) {
      precondition(self.position(of: ticket) == nil, "work is taken once")
      self.move(ticket, to: self.tickets.count)
      self.tickets.append(ticket)
      self.lanes.append(lane)
      self.adjust(lane, by: 1)
    }

    /// Whether it was there.
    mutating func remove(_ ticket: Ticket) -> Bool {
      guard let position = self.position(of: ticket) else { return false }
      self.move(ticket, to: nil)
      self.adjust(self.lanes[position], by: -1)
      // The last one moves into the gap.
      let lastTicket = self.tickets.removeLast()
      let lastLane = self.lanes.removeLast()
      if position < self.tickets.count {
        self.tickets[position] = lastTicket
        self.lanes[position] = lastLane
        self.move(lastTicket, to: position)
      }
      return true
    }

    private func position(of ticket: Ticket) -> Int? {
      self.positions[ticket.work.rawValue, Self.membership(of: ticket)]
    }

    private mutating func move(_ ticket: Ticket, to position: Int?) {
      self.positions[ticket.work.rawValue, Self.membership(of: ticket)] = position
    }

    private static func membership(of ticket: Ticket) -> UInt64 {
      UInt64(ticket.epoch) << 8 | UInt64(ticket.attempt)
    }

    private mutating func adjust(_ lane: Lane, by difference: Int) {
      switch lane {
      case .interactive: self.counts.interactive += difference
      case .bulk: self.counts.bulk += difference
      }
    }
  }
}

extension ResultHeader {
  init(_ outcome: WorkerSession.Outcome, session: SessionID) {
    self.init(
      work: outcome.ticket.work, session: session, attempt: outcome.ticket.attempt, status: outcome.status,
      contentType: outcome.contentType, parts: outcome.parts, queueMicroseconds: outcome.queueMicroseconds,
      computeMicroseconds: outcome.computeMicroseconds)
  }
}
