import AuguryClient
import QueueCore
import Store

/// A rollout that is under way.
struct ActiveRollout {
  var record: StoredRollout
  var machine: RolloutMachine
  /// What had been counted of each version at the last look.
  var seen: [String: VersionObservation] = [:]
  /// Feedback up to this time has been looked at, in seconds since 1970.
  var scoredUntil: Double
  var hasWorkers = true
  /// The epoch of the model's route as this rollout set it; nil until it has.
  var epoch: Int?
  /// Whether the route that the machine wants may not be in force yet.
  var isRouteDue = false
  /// What has happened and is on disk, but has not been told yet.
  var unsaid: [RolloutRecord] = []

  /// Who sets the route, for its history.
  var author: String { "rollout \(self.record.id)" }

  /// The route is as the machine wants it.
  mutating func routeIsSet(epoch: Int) {
    self.epoch = epoch
    self.isRouteDue = false
  }

  /// Whether somebody else has set the route since the rollout did; after a restart, since it began.
  func isReplaced(by present: RouteChange) -> Bool {
    if let epoch = self.epoch { return present.epoch != epoch }
    return present.by != self.author && present.at > self.record.startedAt
  }

  /// What the loop has counted since the last look: of the candidate, and of all other versions together.
  mutating func take(_ observations: [VersionObservation]) -> (candidate: VersionTally, baseline: VersionTally) {
    var (candidate, baseline) = (VersionTally(), VersionTally())
    for observation in observations {
      let earlier = self.seen.updateValue(observation, forKey: observation.version)
      let tally = observation.tally(since: earlier)
      if observation.version == self.machine.plan.candidate {
        candidate.merge(tally)
      } else {
        baseline.merge(tally)
      }
    }
    return (candidate, baseline)
  }
}

extension VersionObservation {
  /// What has been counted since an earlier look; all of it if that was before a restart of the broker.
  func tally(since earlier: VersionObservation?) -> VersionTally {
    var tally = VersionTally()
    let (now, before) = (self.requests, earlier?.requests ?? BinaryTally())
    let isSameLife = now.trials >= before.trials && now.events >= before.events
    let base = isSameLife ? before : BinaryTally()
    tally.requests =
      BinaryTally(events: now.events - base.events, trials: now.trials - base.trials) ?? BinaryTally()
    tally.latency = self.latency.since(isSameLife ? earlier?.latency ?? LatencyHistogram() : LatencyHistogram())
    return tally
  }
}

extension RolloutInfo {
  /// What clients are told of a rollout: it has not ended before its last route is in force.
  init(_ record: StoredRollout, _ machine: RolloutMachine, at now: WallTime) {
    let status = machine.status(at: now)
    let isEnding = machine.hasEnded && !record.isOver
    self.init(
      id: Int(record.id), model: record.model, candidate: machine.plan.candidate,
      state: isEnding ? "running" : status.state,
      step: status.step, steps: machine.plan.steps.map { Double($0.basisPoints) / 100 },
      guards: machine.plan.guards.map(\.text),
      waits: isEnding ? ["the route is not in force yet"] : status.waits.map(\.text), startedBy: record.startedBy,
      startedAt: record.startedAt)
  }
}

extension RolloutInfo.Record {
  init(_ record: RolloutRecord) {
    self.init(
      at: Double(record.at.milliseconds) / 1000, kind: record.kind.rawValue, step: record.step, detail: record.detail)
  }
}
