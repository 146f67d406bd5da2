import BasicContainers

extension Broker {
  /// What waits for a version and who serves it: a copy, for monitoring and checks.
  public struct VersionView: Hashable, Sendable {
    /// Waiting requests by class, in the order of ``RequestClass``.
    public var queued: [Int]
    /// Requests with workers.
    public var dispatched: Int
    /// Members, those that drain left out.
    public var members: Int
    /// Members that take work.
    public var ready: Int
    /// Milliseconds without such a member; nil while there is one.
    public var absentMilliseconds: UInt64?
  }

  /// A look at a version.
  public func view(of version: VersionID, at now: Instant) -> VersionView {
    let index = version.index
    return VersionView(
      queued: RequestClass.allCases.map { self.queues[index].waiting($0) }, dispatched: self.queues[index].dispatched,
      members: self.queues[index].members, ready: self.queues[index].ready,
      absentMilliseconds: self.queues[index].absentSince.map { now.milliseconds(since: $0) })
  }

  /// A look at every member, in no particular order but always the same for the same history.
  public func workerViews(at now: Instant) -> [WorkerView] {
    (0..<self.workers.slots.count).compactMap { slot in
      self.workers.slots[slot].isMember ? Self.view(of: self.workers.slots[slot], at: now) : nil
    }
  }

  /// A look at one member.
  public func workerView(of session: SessionID, at now: Instant) -> WorkerView? {
    self.workers.slot(of: session).map { Self.view(of: self.workers[$0], at: now) }
  }

  /// The session of the member behind a connection.
  public func session(of peer: PeerID) -> SessionID? {
    self.workers.slot(of: peer).map { self.workers[$0].session }
  }

  /// The clients that wait for an answer.
  public var clientsWaiting: Set<PeerID> { self.requests.waitingClients }

  /// How a request that was taken on and not answered yet is known from then on.
  package func accepted(client: PeerID, request: RequestID) -> (work: WorkID, version: VersionID)? {
    self.requests.slot(client: client, request: request).map {
      (self.requests.work($0), self.requests[$0].version)
    }
  }

  /// The copies of a request that was taken on, which have not ended.
  package func copies(of work: WorkID) -> [(work: WorkID, version: VersionID, comparison: ComparisonID)] {
    guard let slot = self.requests.slot(of: work), self.requests[slot].group != RequestTable.absent else { return [] }
    let group = self.shadowGroups[self.requests[slot].group]
    return (0..<Int(group.count)).compactMap { copy in
      let slot = Int(group.open[copy])
      guard slot >= 0 else { return nil }
      return (self.requests.work(slot), self.requests[slot].version, group.comparison(copy))
    }
  }

  /// The epoch of a model's route; 0 if it never had one.
  public func epoch(of model: ModelID) -> UInt32 { self.route(of: model).epoch }

  /// Payloads that came in and have not been given back.
  public var payloadsHeld: UInt64 { self.counters.payloadsTaken - self.counters.payloadsReleased }

  /// Whether a worker has bulk work.
  public var hasBulkAtWorkers: Bool { self.bulkAtWorkers > 0 }

  /// Bytes of payload held.
  public var heldBytes: Int { self.requests.heldBytes }

  /// Slots of the request table in use: requests of waiting clients, and abandoned work that workers still have. Copies
  /// are not among them.
  public var occupiedSlots: Int { self.requests.occupied }

  /// Slots that copies use, abandoned ones that workers still have among them.
  public var copySlots: Int { self.requests.copies }

  private static func view(of worker: Worker, at now: Instant) -> WorkerView {
    let isBusy = worker.outstanding[0] + worker.outstanding[1] > 0
    let state: WorkerView.State =
      switch worker.state {
      case .warming: worker.isSuspect ? .suspect : .warming
      case .ready: worker.isSuspect ? .suspect : isBusy ? .busy : .ready
      case .draining: .draining
      }
    return WorkerView(
      session: worker.session, peer: worker.peer, version: worker.version, state: state, credit: worker.credit[0],
      usedCredit: worker.creditLimit.requests, bulkCredit: worker.credit[1], outstanding: worker.outstanding[0],
      bulkOutstanding: worker.outstanding[1],
      silentMilliseconds: worker.liveness.milliseconds(sinceHeardAt: now))
  }
}
