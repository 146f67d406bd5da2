/// What keeps a step from ending.
public enum RolloutWait: Hashable, Sendable {
  /// The hold has so many milliseconds to go.
  case hold(milliseconds: UInt64)
  /// There is too little data: for a guard, or nil for the step's own minimum.
  case data(guard: String?, GuardShortfall)
  /// A guard fails: the sentence about it, and milliseconds until something is done.
  case failing(String, actsInMilliseconds: UInt64)
  /// The candidate has no workers; milliseconds until something is done.
  case workers(actsInMilliseconds: UInt64)
  /// Somebody or something paused it.
  case operatorNeeded

  /// A sentence for people.
  public var text: String {
    switch self {
    case .hold(let milliseconds): "the hold has \(milliseconds / 1000) s to go"
    case .data(nil, let shortfall): "not enough data: \(shortfall.text)"
    case .data(let name?, let shortfall): "not enough data for \(name): \(shortfall.text)"
    case .failing(let text, let milliseconds): "\(text); acts in \(milliseconds / 1000) s"
    case .workers(let milliseconds): "the candidate has no workers; acts in \(milliseconds / 1000) s"
    case .operatorNeeded: "paused until resumed, promoted or aborted"
    }
  }
}

/// A rollout at a moment.
public struct RolloutStatus: Hashable, Sendable {
  /// `idle`, `running`, `paused`, or how it ended.
  public let state: String
  /// The present step, from 0.
  public let step: Int
  /// The candidate's share in it.
  public let share: RolloutShare
  /// Milliseconds of the hold that are over.
  public let heldMilliseconds: UInt64
  /// How each guard stands, in the plan's order.
  public let guards: [GuardOutcome]
  /// What keeps the step from ending; empty once the rollout has ended.
  public let waits: [RolloutWait]
}

extension RolloutMachine {
  /// How it stands.
  public func status(at now: WallTime) -> RolloutStatus {
    let outcomes = self.outcomes
    var waits = self.isUnderWay ? self.waits(outcomes, at: now) : []
    var held = self.isUnderWay ? now.milliseconds(since: self.holdBegan) : 0
    let state: String
    switch self.phase {
    case .idle: state = "idle"
    case .running: state = "running"
    case .paused(_, let since):
      state = "paused"
      held = since.milliseconds(since: self.holdBegan)
      waits.insert(.operatorNeeded, at: 0)
    case .ended(let end): state = end.rawValue
    }
    if self.isUnderWay, held < self.plan.holdMilliseconds {
      waits.append(.hold(milliseconds: self.plan.holdMilliseconds - held))
    }
    return RolloutStatus(
      state: state, step: self.stepIndex, share: self.plan.steps[self.stepIndex], heldMilliseconds: held,
      guards: outcomes, waits: waits)
  }

  /// What keeps the step from ending, apart from time and operators.
  func waits(_ outcomes: [GuardOutcome], at now: WallTime) -> [RolloutWait] {
    func remaining(_ since: WallTime) -> UInt64 {
      let passed = now.milliseconds(since: since)
      return passed < self.plan.failForMilliseconds ? self.plan.failForMilliseconds - passed : 0
    }
    var waits: [RolloutWait] = []
    if let since = self.workersLostSince { waits.append(.workers(actsInMilliseconds: remaining(since))) }
    let served = self.window.candidate.requests.trials
    if served < self.plan.minimumRequests {
      let shortfall = GuardShortfall(side: .candidate, kind: .requests, has: served, needs: self.plan.minimumRequests)
      waits.append(.data(guard: nil, shortfall))
    }
    for (index, outcome) in outcomes.enumerated() {
      let rolloutGuard = self.plan.guards[index]
      switch outcome {
      case .holds: break
      case .undecided(let shortfall): waits.append(.data(guard: rolloutGuard.text, shortfall))
      case .fails(let reading):
        waits.append(
          .failing(
            rolloutGuard.failureText(reading), actsInMilliseconds: remaining(self.failingSince[index] ?? now)))
      }
    }
    return waits
  }

  /// Whether it is over, in whichever way.
  public var hasEnded: Bool {
    if case .ended = self.phase { true } else { false }
  }

  /// What the model's route must be now; nil if the rollout has no say in it, before its start and once it is
  /// superseded.
  public var weights: [VersionWeight]? {
    switch self.phase {
    case .running, .paused, .ended(.succeeded): self.plan.weights(at: self.plan.steps[self.stepIndex])
    case .ended(.promoted): self.plan.weights(at: .all)
    case .ended(.rolledBack), .ended(.aborted): self.plan.original
    case .idle, .ended(.superseded): nil
    }
  }

  /// When `tick` is due without anything else happening; nil if time alone changes nothing.
  public var nextDeadline: WallTime? {
    var deadlines: [WallTime] = []
    switch self.phase {
    case .idle, .ended, .paused(.byFailure, _): return nil
    case .running:
      if !self.isExtended { deadlines.append(self.holdBegan.advanced(byMilliseconds: self.plan.holdMilliseconds)) }
    case .paused(.byOperator, _): break
    }
    let since = self.failingSince.compactMap(\.self) + (self.workersLostSince.map { [$0] } ?? [])
    deadlines += since.map { $0.advanced(byMilliseconds: self.plan.failForMilliseconds) }
    return deadlines.min()
  }
}
