/// Everything that can happen to a rollout.
public enum RolloutEvent: Hashable, Sendable {
  /// The first event, once.
  case started
  /// What has been observed since the last observation: of the candidate, and of all other versions together.
  case observed(candidate: VersionTally, baseline: VersionTally)
  /// Time has passed, ``RolloutMachine/nextDeadline`` perhaps.
  case tick
  /// The candidate has no worker any more.
  case workersLost
  /// The candidate has a worker again.
  case workersReturned
  /// An operator wants it to stay where it is. Guards stay in force.
  case pause(by: String)
  /// An operator wants it to go on.
  case resume(by: String)
  /// An operator wants the candidate to have all traffic now.
  case promote(by: String)
  /// An operator wants the original route back.
  case abort(by: String, reason: String)
  /// Somebody has set another route. It stays, and the rollout ends.
  case routeReplaced(by: String)
}

/// Everything that a rollout can ask of its driver.
///
/// The driver commits the machine's ``RolloutMachine/snapshot`` and the records of one event in one transaction, and
/// only then sets the route; after a restart it sets ``RolloutMachine/weights`` again, which does no harm if that was
/// done.
public enum RolloutAction: Hashable, Sendable {
  /// Make this the model's route.
  case setWeights([VersionWeight])
  /// Append to the history.
  case record(RolloutRecord)
  /// Tell the operator that the command does nothing, and why.
  case refuse(RolloutRefusal)
  /// The last action: how it ended. The reason is the detail of the last record.
  case finish(RolloutEnd)
}

/// How a rollout ended.
public enum RolloutEnd: String, Hashable, Sendable, CaseIterable {
  /// The candidate has passed all steps.
  case succeeded
  /// An operator gave the candidate all traffic.
  case promoted
  /// A guard failed, or the candidate's workers were gone, for too long; the original route is back.
  case rolledBack = "rolled_back"
  /// An operator wanted the original route back.
  case aborted
  /// Somebody has set another route.
  case superseded
}

/// Why an operator's command does nothing.
public enum RolloutRefusal: Hashable, Sendable, CustomStringConvertible {
  /// The rollout has not begun.
  case notStarted
  /// It has begun already.
  case alreadyStarted
  /// It is paused already.
  case alreadyPaused
  /// It is not paused.
  case notPaused
  /// It has ended.
  case ended(RolloutEnd)

  /// One line that says why, and what can be done.
  public var description: String {
    switch self {
    case .notStarted: "the rollout has not been started"
    case .alreadyStarted: "the rollout has been started already"
    case .alreadyPaused: "the rollout is paused already; resume, promote or abort it"
    case .notPaused: "the rollout is not paused"
    case .ended(let end): "the rollout has ended (\(end.rawValue)); start a new one"
    }
  }
}

/// An entry of a rollout's history.
public struct RolloutRecord: Hashable, Sendable {
  /// What happened.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case started
    case stepBegan = "step_began"
    case holdExtended = "hold_extended"
    case guardFailing = "guard_failing"
    case guardRecovered = "guard_recovered"
    case workersLost = "workers_lost"
    case workersReturned = "workers_returned"
    case paused
    case resumed
    case succeeded
    case promoted
    case rolledBack = "rolled_back"
    case aborted
    case superseded
  }

  /// Its number in the history, from 1 without gaps, so that an entry that is already there is not appended twice.
  public let number: UInt64
  /// When.
  public let at: WallTime
  /// What.
  public let kind: Kind
  /// The step it happened in, from 0.
  public let step: Int
  /// Who or why, in a sentence; empty where there is nothing to add.
  public let detail: String

  /// Makes an entry, as it was stored.
  public init(number: UInt64, at: WallTime, kind: Kind, step: Int, detail: String) {
    self.number = number
    self.at = at
    self.kind = kind
    self.step = step
    self.detail = detail
  }
}
