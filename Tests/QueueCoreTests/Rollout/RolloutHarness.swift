import QueueCore

/// Drives a rollout as its service would, and keeps what it did.
struct RolloutHarness {
  var machine: RolloutMachine
  var now: WallTime
  var route: [VersionWeight]
  var records: [RolloutRecord] = []
  var refusals: [RolloutRefusal] = []
  var ends: [RolloutEnd] = []

  init(_ plan: RolloutPlan, at now: WallTime = WallTime(milliseconds: 1_700_000_000_000)) {
    self.machine = RolloutMachine(plan: plan)
    self.now = now
    self.route = plan.original
  }

  var kinds: [RolloutRecord.Kind] { self.records.map(\.kind) }

  mutating func send(_ event: RolloutEvent) {
    var actions: [RolloutAction] = []
    self.machine.step(event, at: self.now, into: &actions)
    for action in actions {
      switch action {
      case .setWeights(let weights): self.route = weights
      case .record(let record): self.records.append(record)
      case .refuse(let refusal): self.refusals.append(refusal)
      case .finish(let end): self.ends.append(end)
      }
    }
  }

  mutating func wait(milliseconds: UInt64) {
    self.now = self.now.advanced(byMilliseconds: milliseconds)
  }

  /// So many requests of each side, and so many failures of the candidate.
  mutating func observe(candidate: UInt64, failures: UInt64 = 0, baseline: UInt64 = 0) {
    self.send(
      .observed(
        candidate: Self.tally(failures: failures, requests: candidate),
        baseline: Self.tally(failures: 0, requests: baseline)))
  }

  static func tally(failures: UInt64, requests: UInt64) -> VersionTally {
    var tally = VersionTally()
    tally.requests = BinaryTally(events: failures, trials: requests) ?? BinaryTally()
    return tally
  }

  /// The candidate's share of the route, in hundredths of a percent.
  func share(of candidate: String) -> UInt64 {
    let total = self.route.reduce(0) { $0 + $1.weight }
    return (self.route.first { $0.version == candidate }?.weight ?? 0) * 10_000 / max(total, 1)
  }
}
