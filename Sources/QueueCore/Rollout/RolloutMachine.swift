/// A progressive rollout: gives a candidate a growing share of a model's traffic, as long as its guards hold.
///
/// Pure: what happened and a clock's reading go in, what to do comes out. Its whole state is a ``RolloutSnapshot``,
/// from which a machine goes on as if there had been no restart; holds and failures are counted from times that are in
/// it.
///
/// A step ends when its hold is over, the candidate has got the minimum of requests, every guard is decided and holds,
/// and the candidate has workers. Too little data is no success: the hold goes on. A guard that fails keeps the step
/// from ending at once, and after `fail-for` without a break the plan's response follows. Guards are judged on what was
/// observed since the step began.
public struct RolloutMachine: Hashable, Sendable {
  /// Why a rollout is paused.
  enum PauseCause: String, Hashable, Sendable, CaseIterable {
    case byOperator = "operator"
    case byFailure = "failure"
  }

  /// Where it is.
  enum Phase: Hashable, Sendable {
    case idle
    case running
    case paused(PauseCause, since: WallTime)
    case ended(RolloutEnd)
  }

  /// What it is to do.
  public let plan: RolloutPlan
  var phase = Phase.idle
  /// The present step, from 0.
  public internal(set) var stepIndex = 0
  /// When its hold began, put off by pauses.
  var holdBegan = WallTime(milliseconds: 0)
  var window = RolloutWindow()
  /// Since when each guard has been failing.
  var failingSince: [WallTime?]
  var workersLostSince: WallTime?
  /// Whether the history says that this step's hold goes on for lack of something.
  var isExtended = false
  var lastRecord: UInt64 = 0

  /// A rollout that waits for `started`.
  public init(plan: RolloutPlan) {
    self.plan = plan
    self.failingSince = Array(repeating: nil, count: plan.guards.count)
  }

  /// Takes in an event and appends what to do.
  public mutating func step(_ event: RolloutEvent, at now: WallTime, into actions: inout [RolloutAction]) {
    switch event {
    case .started: self.start(at: now, into: &actions)
    case .observed(let candidate, let baseline):
      guard self.isUnderWay else { return }
      self.window.candidate.merge(candidate)
      self.window.baseline.merge(baseline)
      self.advance(at: now, into: &actions)
    case .tick: self.advance(at: now, into: &actions)
    case .workersLost: self.workersLost(at: now, into: &actions)
    case .workersReturned: self.workersReturned(at: now, into: &actions)
    case .pause(let who): self.pause(by: who, at: now, into: &actions)
    case .resume(let who): self.resume(by: who, at: now, into: &actions)
    case .promote(let who):
      guard self.isCommandable(into: &actions) else { return }
      self.end(.promoted, .promoted, weights: self.plan.weights(at: .all), "by \(who)", at: now, into: &actions)
    case .abort(let who, let reason):
      guard self.isCommandable(into: &actions) else { return }
      let detail = reason.isEmpty ? "by \(who)" : "by \(who): \(reason)"
      self.end(.aborted, .aborted, weights: self.plan.original, detail, at: now, into: &actions)
    case .routeReplaced(let who):
      guard self.isUnderWay else { return }
      self.end(.superseded, .superseded, weights: nil, "the route was set by \(who)", at: now, into: &actions)
    }
  }

  // MARK: Commands

  private mutating func start(at now: WallTime, into actions: inout [RolloutAction]) {
    switch self.phase {
    case .idle:
      self.phase = .running
      let steps = self.plan.steps.map(\.description).joined(separator: ", ")
      self.record(.started, "version \(self.plan.candidate), steps \(steps)", at: now, into: &actions)
      self.beginStep(0, at: now, into: &actions)
    case .running, .paused: actions.append(.refuse(.alreadyStarted))
    case .ended(let end): actions.append(.refuse(.ended(end)))
    }
  }

  private mutating func pause(by who: String, at now: WallTime, into actions: inout [RolloutAction]) {
    guard self.isCommandable(into: &actions) else { return }
    guard self.phase == .running else {
      actions.append(.refuse(.alreadyPaused))
      return
    }
    self.phase = .paused(.byOperator, since: now)
    self.record(.paused, "by \(who)", at: now, into: &actions)
  }

  private mutating func resume(by who: String, at now: WallTime, into actions: inout [RolloutAction]) {
    guard self.isCommandable(into: &actions) else { return }
    guard case .paused(let cause, let since) = self.phase else {
      actions.append(.refuse(.notPaused))
      return
    }
    self.phase = .running
    self.record(.resumed, "by \(who)", at: now, into: &actions)
    switch cause {
    case .byOperator:
      self.holdBegan = self.holdBegan.advanced(byMilliseconds: now.milliseconds(since: since))
    case .byFailure:
      // Judged by what was observed so far it would fail again at once.
      self.beginWindow(at: now)
    }
    self.advance(at: now, into: &actions)
  }

  /// Whether an operator's command can do anything; if not, says so.
  private func isCommandable(into actions: inout [RolloutAction]) -> Bool {
    switch self.phase {
    case .running, .paused: return true
    case .idle: actions.append(.refuse(.notStarted))
    case .ended(let end): actions.append(.refuse(.ended(end)))
    }
    return false
  }

  var isUnderWay: Bool {
    switch self.phase {
    case .running, .paused: true
    case .idle, .ended: false
    }
  }

  // MARK: Steps

  mutating func beginStep(_ index: Int, at now: WallTime, into actions: inout [RolloutAction]) {
    self.stepIndex = index
    self.beginWindow(at: now)
    let share = self.plan.steps[index]
    self.record(.stepBegan, "\(share) to version \(self.plan.candidate)", at: now, into: &actions)
    actions.append(.setWeights(self.plan.weights(at: share)))
  }

  private mutating func beginWindow(at now: WallTime) {
    self.holdBegan = now
    self.window = self.window.next
    self.failingSince = Array(repeating: nil, count: self.plan.guards.count)
    if self.workersLostSince != nil { self.workersLostSince = now }
    self.isExtended = false
  }

  mutating func end(
    _ end: RolloutEnd, _ kind: RolloutRecord.Kind, weights: [VersionWeight]?, _ detail: String, at now: WallTime,
    into actions: inout [RolloutAction]
  ) {
    self.phase = .ended(end)
    self.record(kind, detail, at: now, into: &actions)
    if let weights { actions.append(.setWeights(weights)) }
    actions.append(.finish(end))
  }

  mutating func record(
    _ kind: RolloutRecord.Kind, _ detail: String, at now: WallTime, into actions: inout [RolloutAction]
  ) {
    self.lastRecord += 1
    actions.append(
      .record(RolloutRecord(number: self.lastRecord, at: now, kind: kind, step: self.stepIndex, detail: detail)))
  }
}
