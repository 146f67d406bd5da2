extension RolloutMachine {
  /// Whatever can be done now, after any event.
  mutating func advance(at now: WallTime, into actions: inout [RolloutAction]) {
    guard self.isJudged else { return }
    let outcomes = self.outcomes
    self.noteFailures(outcomes, at: now, into: &actions)
    if let reason = self.failure(outcomes, at: now) {
      self.respond(to: reason, at: now, into: &actions)
      return
    }
    guard self.phase == .running, now.milliseconds(since: self.holdBegan) >= self.plan.holdMilliseconds else { return }
    if let wait = self.waits(outcomes, at: now).first {
      guard !self.isExtended else { return }
      self.isExtended = true
      self.record(.holdExtended, wait.text, at: now, into: &actions)
    } else if self.stepIndex + 1 < self.plan.steps.count {
      self.beginStep(self.stepIndex + 1, at: now, into: &actions)
      // A plan without a hold or a minimum has nothing to wait for in the next step either.
      self.advance(at: now, into: &actions)
    } else {
      let share = self.plan.steps[self.stepIndex]
      self.end(
        .succeeded, .succeeded, weights: nil, "version \(self.plan.candidate) has \(share)", at: now, into: &actions)
    }
  }

  /// Whether guards are in force: also while an operator has paused it, but not while a failure has.
  private var isJudged: Bool {
    switch self.phase {
    case .running, .paused(.byOperator, _): true
    case .idle, .paused(.byFailure, _), .ended: false
    }
  }

  /// How each guard stands, in the plan's order.
  var outcomes: [GuardOutcome] {
    self.plan.guards.map {
      $0.evaluate(
        self.window, minimumRequests: self.plan.minimumRequests, minimumScores: self.plan.minimumScores)
    }
  }

  // MARK: Failures

  private mutating func noteFailures(_ outcomes: [GuardOutcome], at now: WallTime, into actions: inout [RolloutAction])
  {
    for (index, outcome) in outcomes.enumerated() {
      let rolloutGuard = self.plan.guards[index]
      switch (outcome, self.failingSince[index]) {
      case (.fails(let reading), nil):
        self.failingSince[index] = now
        self.record(.guardFailing, rolloutGuard.failureText(reading), at: now, into: &actions)
      case (.holds, .some), (.undecided, .some):
        self.failingSince[index] = nil
        self.record(.guardRecovered, rolloutGuard.text, at: now, into: &actions)
      case (.fails, .some), (.holds, nil), (.undecided, nil): break
      }
    }
  }

  /// What has been failing for too long, if anything.
  private func failure(_ outcomes: [GuardOutcome], at now: WallTime) -> String? {
    if let since = self.workersLostSince, now.milliseconds(since: since) >= self.plan.failForMilliseconds {
      return "version \(self.plan.candidate) has no workers"
    }
    for (index, outcome) in outcomes.enumerated() {
      guard case .fails(let reading) = outcome, let since = self.failingSince[index],
        now.milliseconds(since: since) >= self.plan.failForMilliseconds
      else { continue }
      return self.plan.guards[index].failureText(reading)
    }
    return nil
  }

  private mutating func respond(to reason: String, at now: WallTime, into actions: inout [RolloutAction]) {
    switch self.plan.onFailure {
    case .rollBack:
      self.end(.rolledBack, .rolledBack, weights: self.plan.original, reason, at: now, into: &actions)
    case .pause:
      self.phase = .paused(.byFailure, since: now)
      self.record(.paused, reason, at: now, into: &actions)
    }
  }

  mutating func workersLost(at now: WallTime, into actions: inout [RolloutAction]) {
    guard self.isUnderWay, self.workersLostSince == nil else { return }
    self.workersLostSince = now
    self.record(.workersLost, "", at: now, into: &actions)
    self.advance(at: now, into: &actions)
  }

  mutating func workersReturned(at now: WallTime, into actions: inout [RolloutAction]) {
    guard self.isUnderWay, self.workersLostSince != nil else { return }
    self.workersLostSince = nil
    self.record(.workersReturned, "", at: now, into: &actions)
    self.advance(at: now, into: &actions)
  }
}
