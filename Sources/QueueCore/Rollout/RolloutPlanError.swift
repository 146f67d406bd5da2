/// Why a rollout cannot be carried out as planned.
public enum RolloutPlanError: Error, Hashable, Sendable {
  /// A version's name is none.
  case versionInvalid(String)
  /// The route names a version twice.
  case versionTwice(String)
  /// The route has too many versions.
  case tooManyVariants(Int)
  /// A weight of the route is too large.
  case weightTooLarge(String, UInt64)
  /// No other version has a share of the traffic now.
  case nothingToReplace(candidate: String)
  /// A step is no percentage.
  case stepUnreadable(String)
  /// There is no step.
  case noSteps
  /// There are too many steps.
  case tooManySteps(Int)
  /// A step is not more than the one before.
  case stepsNotAscending(RolloutShare, RolloutShare)
  /// The first step is not more than the share that the candidate has now.
  case firstStepNotMore(RolloutShare)
  /// A time is too long: which, and its milliseconds.
  case timeTooLong(String, UInt64)
  /// There are too many guards.
  case tooManyGuards(Int)
}

extension RolloutPlanError: CustomStringConvertible {
  /// One line that names what is wrong and what may be.
  public var description: String {
    switch self {
    case .versionInvalid(let name):
      "'\(name)' is no version's name; expected 1 to \(Names.maximumBytes) bytes of A-Z a-z 0-9 . _ -"
    case .versionTwice(let name): "the route has version '\(name)' twice"
    case .tooManyVariants(let count): "the route has \(count) versions; at most \(RolloutPlan.maximumVariants)"
    case .weightTooLarge(let name, let weight):
      "version '\(name)' has weight \(weight); at most \(RolloutPlan.maximumWeight)"
    case .nothingToReplace(let candidate):
      "there is no other version than '\(candidate)' with a weight in the route; there is nothing to replace"
    case .stepUnreadable(let text):
      "'\(text)' is no step; expected a percentage from 0.01 to 100 with at most two decimals"
    case .noSteps: "there are no steps; expected percentages as in 1,5,25,50,100"
    case .tooManySteps(let count): "there are \(count) steps; at most \(RolloutPlan.maximumSteps)"
    case .stepsNotAscending(let step, let next):
      "step \(next) follows step \(step); each must be more than the one before"
    case .firstStepNotMore(let step): "the candidate has \(step) or more already; the first step must be more"
    case .timeTooLong(let name, let milliseconds):
      "\(name) is \(milliseconds) ms; at most \(RolloutPlan.maximumMilliseconds) ms, a year"
    case .tooManyGuards(let count): "there are \(count) guards; at most \(RolloutPlan.maximumGuards)"
    }
  }
}
