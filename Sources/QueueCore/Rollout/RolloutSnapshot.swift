/// A rollout's plan and state as plain values, for a store. Shares are in hundredths of a percent, times in
/// milliseconds.
public struct RolloutSnapshot: Hashable, Sendable, Codable {
  /// The version that is rolled out.
  public var candidate: String
  /// The versions of the route before.
  public var originalVersions: [String]
  /// Their weights, in the same order.
  public var originalWeights: [UInt64]
  /// The candidate's shares.
  public var steps: [UInt64]
  /// How long each step lasts at least.
  public var holdMilliseconds: UInt64
  /// The conditions, as they were written.
  public var guards: [String]
  /// How long a guard must fail before something is done.
  public var failForMilliseconds: UInt64
  /// Requests that the candidate needs in each step.
  public var minimumRequests: UInt64
  /// Predictions with feedback that guards need.
  public var minimumScores: UInt64
  /// A ``RolloutFailureResponse``.
  public var onFailure: String
  /// `idle`, `running`, `paused`, or how it ended.
  public var state: String
  /// `operator` or `failure`; only if paused.
  public var pauseCause: String?
  /// Since when; only if paused.
  public var pausedSince: UInt64?
  /// The present step, from 0.
  public var step: Int
  /// When its hold began, put off by pauses.
  public var holdBegan: UInt64
  /// What was observed of the candidate since the step began.
  public var candidateTally: VersionTallyValues
  /// The same of the other versions.
  public var baselineTally: VersionTallyValues
  /// What was observed of the other versions before that.
  public var earlierBaselineTally: VersionTallyValues
  /// Since when each guard fails, in the plan's order.
  public var failingSince: [UInt64?]
  /// Since when the candidate has no workers; nil if it has.
  public var workersLostSince: UInt64?
  /// Whether the history says that this step's hold goes on for lack of something.
  public var isExtended: Bool
  /// The number of the last record.
  public var lastRecord: UInt64
}

/// Why a rollout cannot be restored: the field that no rollout can have so.
public enum RolloutSnapshotError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The plan is none.
  case plan(RolloutPlanError)
  /// A guard cannot be read.
  case guardUnreadable(RolloutGuardError)
  /// A field has a value that it cannot have.
  case field(String)

  /// One line that names the field.
  public var description: String {
    switch self {
    case .plan(let error): "stored rollout: \(error)"
    case .guardUnreadable(let error): "stored rollout: \(error)"
    case .field(let name): "stored rollout: field '\(name)' has a value that it cannot have"
    }
  }
}

extension RolloutMachine {
  /// The plan and the whole state.
  public var snapshot: RolloutSnapshot {
    let state: String
    var pause: (cause: PauseCause, since: WallTime)?
    switch self.phase {
    case .idle: state = "idle"
    case .running: state = "running"
    case .paused(let cause, let since):
      state = "paused"
      pause = (cause, since)
    case .ended(let end): state = end.rawValue
    }
    return RolloutSnapshot(
      candidate: self.plan.candidate,
      originalVersions: self.plan.original.map(\.version),
      originalWeights: self.plan.original.map(\.weight),
      steps: self.plan.steps.map(\.basisPoints),
      holdMilliseconds: self.plan.holdMilliseconds,
      guards: self.plan.guards.map(\.text),
      failForMilliseconds: self.plan.failForMilliseconds,
      minimumRequests: self.plan.minimumRequests,
      minimumScores: self.plan.minimumScores,
      onFailure: self.plan.onFailure.rawValue,
      state: state,
      pauseCause: pause?.cause.rawValue,
      pausedSince: pause?.since.milliseconds,
      step: self.stepIndex,
      holdBegan: self.holdBegan.milliseconds,
      candidateTally: VersionTallyValues(self.window.candidate),
      baselineTally: VersionTallyValues(self.window.baseline),
      earlierBaselineTally: VersionTallyValues(self.window.earlierBaseline),
      failingSince: self.failingSince.map { $0?.milliseconds },
      workersLostSince: self.workersLostSince?.milliseconds,
      isExtended: self.isExtended,
      lastRecord: self.lastRecord)
  }

  /// A machine that goes on from where another was. Throws ``RolloutSnapshotError`` naming what cannot be.
  public init(restoring snapshot: RolloutSnapshot) throws(RolloutSnapshotError) {
    self.init(plan: try snapshot.plan())
    guard self.plan.steps.indices.contains(snapshot.step) else { throw .field("step") }
    guard snapshot.failingSince.count == self.plan.guards.count else { throw .field("failingSince") }
    guard snapshot.lastRecord < .max else { throw .field("lastRecord") }
    self.phase = try snapshot.phase()
    self.stepIndex = snapshot.step
    self.holdBegan = WallTime(milliseconds: snapshot.holdBegan)
    self.window.candidate = try Self.tally(snapshot.candidateTally, "candidateTally")
    self.window.baseline = try Self.tally(snapshot.baselineTally, "baselineTally")
    self.window.earlierBaseline = try Self.tally(snapshot.earlierBaselineTally, "earlierBaselineTally")
    self.failingSince = snapshot.failingSince.map { $0.map { WallTime(milliseconds: $0) } }
    self.workersLostSince = snapshot.workersLostSince.map { WallTime(milliseconds: $0) }
    self.isExtended = snapshot.isExtended
    self.lastRecord = snapshot.lastRecord
  }

  private static func tally(
    _ values: VersionTallyValues, _ field: String
  ) throws(RolloutSnapshotError) -> VersionTally {
    guard let tally = values.tally else { throw .field(field) }
    return tally
  }
}

extension RolloutSnapshot {
  fileprivate func plan() throws(RolloutSnapshotError) -> RolloutPlan {
    guard self.originalVersions.count == self.originalWeights.count else { throw .field("originalWeights") }
    guard let onFailure = RolloutFailureResponse(rawValue: self.onFailure) else { throw .field("onFailure") }
    var guards: [RolloutGuard] = []
    do throws(RolloutGuardError) {
      for text in self.guards { guards.append(try RolloutGuard(parsing: text)) }
    } catch {
      throw .guardUnreadable(error)
    }
    let steps = self.steps.compactMap { RolloutShare(basisPoints: $0) }
    guard steps.count == self.steps.count else { throw .field("steps") }
    do throws(RolloutPlanError) {
      return try RolloutPlan(
        candidate: self.candidate,
        original: zip(self.originalVersions, self.originalWeights).map { VersionWeight(version: $0, weight: $1) },
        steps: steps,
        holdMilliseconds: self.holdMilliseconds,
        guards: guards,
        failForMilliseconds: self.failForMilliseconds,
        minimumRequests: self.minimumRequests,
        minimumScores: self.minimumScores,
        onFailure: onFailure)
    } catch {
      throw .plan(error)
    }
  }

  fileprivate func phase() throws(RolloutSnapshotError) -> RolloutMachine.Phase {
    switch self.state {
    case "idle": return .idle
    case "running": return .running
    case "paused":
      guard let cause = self.pauseCause.flatMap(RolloutMachine.PauseCause.init(rawValue:)) else {
        throw .field("pauseCause")
      }
      guard let since = self.pausedSince else { throw .field("pausedSince") }
      return .paused(cause, since: WallTime(milliseconds: since))
    default:
      guard let end = RolloutEnd(rawValue: self.state) else { throw .field("state") }
      return .ended(end)
    }
  }
}
