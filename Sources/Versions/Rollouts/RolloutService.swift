public import AuguryClient
public import QueueCore
public import Store

/// Drives progressive rollouts: tells their machines what has been observed, commits what they decide, and sets routes.
///
/// A machine's state and the records of an event are on disk before its route is set, and a rollout is over, on disk
/// and for whoever asks, only once its last route is in force. After a restart or an error a rollout goes on from
/// there, and the route that it stands for is set at the next look.
public actor RolloutService {
  /// How often a rollout is looked at.
  private static let interval = Duration.milliseconds(500)

  let store: any MetadataStore & FeedbackStore & RolloutStore
  private let cluster: any VersionsCluster
  private let routes: RouteService
  private let comparison: ComparisonService
  /// One event at a time: a step waits for the store, and must not write over what another one has decided meanwhile.
  private let gate = ChangeGate()
  var active: [String: ActiveRollout] = [:]

  /// Makes the service; ``run()`` is to follow.
  public init(
    store: any MetadataStore & FeedbackStore & RolloutStore, cluster: any VersionsCluster, routes: RouteService,
    comparison: ComparisonService
  ) {
    self.store = store
    self.cluster = cluster
    self.routes = routes
    self.comparison = comparison
  }

  /// Goes on with the rollouts that are not over, and looks at them again and again until the task is cancelled.
  public func run() async {
    var isRestored = false
    while !Task.isCancelled {
      if !isRestored { isRestored = await self.restore() }
      for model in self.active.keys.sorted() { await self.look(at: model) }
      try? await Task.sleep(for: Self.interval)
    }
  }

  /// Takes up what was under way. False if the store did not answer.
  public func restore() async -> Bool {
    await self.gate.enter()
    defer { self.gate.leave() }
    guard let stored = try? await self.store.rollouts(of: nil) else { return false }
    for record in stored where !record.isOver && self.active[record.model] == nil {
      do throws(RolloutSnapshotError) {
        let machine = try RolloutMachine(restoring: record.snapshot)
        self.active[record.model] = ActiveRollout(
          record: record, machine: machine, scoredUntil: RegistryService.unixSeconds, isRouteDue: true)
      } catch {
        self.cluster.rolloutFailed(model: record.model, message: error.description)
        continue
      }
      await self.trying(record.model) { () throws(PredictionError) in try await self.resume(record.model) }
    }
    return true
  }

  // MARK: What clients ask

  /// Starts a rollout. Throws ``PredictionError``, see ``AuguryClient/AuguryClient/startRollout(_:)``.
  public func start(_ request: RolloutRequest) async throws(PredictionError) -> RolloutInfo {
    await self.gate.enter()
    defer { self.gate.leave() }
    if let rollout = self.active[request.model] {
      throw PredictionError(
        .failedPrecondition, reason: "IN_USE",
        message: "model \"\(request.model)\" has a rollout that is not over, number \(rollout.record.id)")
    }
    let route = await self.routes.present(of: request.model)
    let plan = try RolloutPlan(request, route: route)
    let observations = try await self.cluster.observations(of: request.model)
    for version in [plan.candidate] + plan.original.map(\.version)
    where !observations.contains(where: { $0.version == version }) {
      throw .unknownVersion(request.model, version)
    }
    let now = RegistryService.unixSeconds
    var record = StoredRollout(
      id: 0, model: request.model, snapshot: RolloutMachine(plan: plan).snapshot, isOver: false, startedAt: now,
      startedBy: request.by ?? "")
    // Under way only with its start: one that a crash keeps from starting is no rollout that nothing can end.
    var draft = record
    draft.isOver = true
    record.id = try await translated { () throws(StoreError) in try await self.store.insertRollout(draft) }
    var rollout = ActiveRollout(record: record, machine: RolloutMachine(plan: plan), scoredUntil: now)
    // Only what happens from now on says something about the rollout.
    _ = rollout.take(observations)
    self.active[request.model] = rollout
    do throws(PredictionError) {
      try await self.step(.started, of: request.model)
    } catch {
      self.active[request.model] = nil
      try? await self.store.saveRollout(record.id, snapshot: record.snapshot, isOver: true, records: [])
      throw error
    }
    return try self.info(of: request.model)
  }

  /// Orders something about a rollout. Throws ``PredictionError``: `NOT_FOUND` if none is under way,
  /// `FAILED_PRECONDITION` if the order makes no sense now.
  public func order(_ model: String, _ event: RolloutEvent) async throws(PredictionError) -> RolloutInfo {
    await self.gate.enter()
    defer { self.gate.leave() }
    _ = try self.info(of: model)
    try await self.step(event, of: model)
    if self.active[model] != nil { return try self.info(of: model) }
    guard let ended = try await self.show(ModelFilter(model: model)).first else { return try self.info(of: model) }
    return ended
  }

  /// The last rollout of a model, or of every model. Throws ``PredictionError``.
  public func show(_ filter: ModelFilter) async throws(PredictionError) -> [RolloutInfo] {
    let all = try await self.history(filter, withRecords: false)
    return all.filter { info in !all.contains { $0.model == info.model && $0.id > info.id } }
  }

  /// All rollouts with what happened in them. Throws ``PredictionError``.
  public func history(
    _ filter: ModelFilter, withRecords: Bool = true
  ) async throws(PredictionError) -> [RolloutInfo] {
    let stored = try await translated { () throws(StoreError) in try await self.store.rollouts(of: filter.model) }
    var infos: [RolloutInfo] = []
    for record in stored {
      var info: RolloutInfo
      if let active = self.active[record.model], active.record.id == record.id {
        info = RolloutInfo(active.record, active.machine, at: Self.now)
      } else {
        guard let machine = try? RolloutMachine(restoring: record.snapshot) else { continue }
        info = RolloutInfo(record, machine, at: Self.now)
      }
      if withRecords {
        info.records = try await translated { () throws(StoreError) in
          try await self.store.rolloutRecords(record.id)
        }.map(RolloutInfo.Record.init)
      }
      infos.append(info)
    }
    return infos
  }

  // MARK: Looking

  /// One look at a rollout: what has been observed, who has set the route, whether there are workers.
  public func look(at model: String) async {
    await self.gate.enter()
    defer { self.gate.leave() }
    await self.trying(model) { () throws(PredictionError) in
      try await self.resume(model)
      try await self.noteWorkers(of: model)
      let observations = try await self.cluster.observations(of: model)
      let scores = try await self.scores(of: model)
      guard var rollout = self.active[model] else { return }
      var (candidate, baseline) = rollout.take(observations)
      candidate.merge(scores.candidate)
      baseline.merge(scores.baseline)
      self.active[model] = rollout
      try await self.step(.observed(candidate: candidate, baseline: baseline), of: model)
    }
  }

  /// What fails is tried again at the next look; a broker that is stopping is no failure of the rollout.
  private func trying(_ model: String, _ body: () async throws(PredictionError) -> Void) async {
    do throws(PredictionError) {
      try await body()
    } catch {
      if error.code != .unavailable { self.cluster.rolloutFailed(model: model, message: error.message) }
    }
  }

  private func noteWorkers(of model: String) async throws(PredictionError) {
    let workers = try await self.cluster.workers()
    guard var rollout = self.active[model] else { return }
    let hasWorkers = workers.contains {
      $0.model == model && $0.version == rollout.machine.plan.candidate && [.ready, .busy, .stuck].contains($0.state)
    }
    guard hasWorkers != rollout.hasWorkers else { return }
    rollout.hasWorkers = hasWorkers
    self.active[model] = rollout
    try await self.step(hasWorkers ? .workersReturned : .workersLost, of: model)
  }

  /// What feedback has said since the last look.
  private func scores(
    of model: String
  ) async throws(PredictionError) -> (candidate: VersionTally, baseline: VersionTally) {
    guard let rollout = self.active[model], rollout.machine.plan.guards.contains(where: \.needsScores) else {
      return (VersionTally(), VersionTally())
    }
    let (candidate, since, now) = (rollout.machine.plan.candidate, rollout.scoredUntil, RegistryService.unixSeconds)
    let tallies = try await translated { () throws(StoreError) in
      try await self.store.reduceFeedback(of: model, into: [Bool: VersionTally]()) { tallies, feedback in
        guard feedback.givenAt > since, feedback.givenAt <= now else { return }
        tallies[feedback.prediction.version == candidate, default: VersionTally()].score(feedback)
      }
    }
    self.active[model]?.scoredUntil = now
    return (tallies[true] ?? VersionTally(), tallies[false] ?? VersionTally())
  }

  // MARK: Deciding

  /// Tells a machine what happened, commits what it decides, and does it.
  private func step(_ event: RolloutEvent, of model: String) async throws(PredictionError) {
    guard var rollout = self.active[model] else { return }
    var actions: [RolloutAction] = []
    rollout.machine.step(event, at: Self.now, into: &actions)
    var records: [RolloutRecord] = []
    for action in actions {
      switch action {
      case .record(let record): records.append(record)
      case .setWeights: rollout.isRouteDue = true
      case .finish: break
      case .refuse(let refusal):
        throw PredictionError(.failedPrecondition, reason: "ROLLOUT_REFUSED", message: refusal.description)
      }
    }
    let (id, snapshot, happened) = (rollout.record.id, rollout.machine.snapshot, records)
    try await translated { () throws(StoreError) in
      try await self.store.saveRollout(id, snapshot: snapshot, isOver: false, records: happened)
    }
    rollout.unsaid += records
    self.active[model] = rollout
    try await self.settle(model)
  }

  /// Goes on after an error or a restart: the route may not be as the rollout wants it, or somebody else's by now.
  private func resume(_ model: String) async throws(PredictionError) {
    guard let rollout = self.active[model] else { return }
    if let present = try await self.routes.show(ModelFilter(model: model)).first {
      if rollout.isReplaced(by: present) {
        self.active[model]?.isRouteDue = false
        try await self.step(.routeReplaced(by: present.by.isEmpty ? "somebody" : present.by), of: model)
      } else if rollout.isRouteDue, present.by == rollout.author, let weights = rollout.machine.weights,
        await self.routes.has(weights, model)
      {
        self.active[model]?.routeIsSet(epoch: present.epoch)
      }
    }
    try await self.settle(model)
  }

  /// Puts in force what is on disk: sets the route if that is due, tells what has happened, and notes the end once it
  /// is true.
  private func settle(_ model: String) async throws(PredictionError) {
    guard let rollout = self.active[model] else { return }
    if rollout.isRouteDue, let weights = rollout.machine.weights {
      let change = try await self.routes.setWeights(
        of: model, to: weights, by: rollout.author,
        reason: rollout.unsaid.last?.kind.rawValue ?? "restored after a restart")
      self.active[model]?.routeIsSet(epoch: change.epoch)
      await self.comparison.routeChanged(model: model)
    }
    if rollout.machine.hasEnded {
      let (id, snapshot) = (rollout.record.id, rollout.machine.snapshot)
      try await translated { () throws(StoreError) in
        try await self.store.saveRollout(id, snapshot: snapshot, isOver: true, records: [])
      }
      self.active[model] = nil
    }
    self.active[model]?.unsaid = []
    for record in rollout.unsaid {
      self.cluster.rolloutMoved(model: model, rollout: Int(rollout.record.id), record: RolloutInfo.Record(record))
    }
  }

  private func info(of model: String) throws(PredictionError) -> RolloutInfo {
    guard let rollout = self.active[model] else {
      throw PredictionError(
        .notFound, reason: "NO_ROLLOUT", message: "no rollout of model \"\(model)\" is under way")
    }
    return RolloutInfo(rollout.record, rollout.machine, at: Self.now)
  }

  static var now: WallTime { WallTime(milliseconds: UInt64(RegistryService.unixSeconds * 1000)) }
}
