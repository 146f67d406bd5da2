/// A version of a model and its weight in the model's route, in any unit: millionths, say.
public struct VersionWeight: Hashable, Sendable {
  /// The version.
  public let version: String
  /// Its weight; its share is this divided by the sum of all weights.
  public let weight: UInt64

  /// Makes a weight.
  public init(version: String, weight: UInt64) {
    self.version = version
    self.weight = weight
  }
}

/// What happens when a guard has failed for long enough.
public enum RolloutFailureResponse: String, Hashable, Sendable, CaseIterable {
  /// The original route comes back and the rollout ends.
  case rollBack = "roll_back"
  /// The rollout stays where it is and waits for an operator.
  case pause
}

/// A progressive rollout as it is meant to go.
public struct RolloutPlan: Hashable, Sendable {
  /// Variants of a route, at most.
  public static let maximumVariants = 64
  /// Guards, at most.
  public static let maximumGuards = 32
  /// Steps, at most.
  public static let maximumSteps = 100
  /// A weight, at most.
  public static let maximumWeight: UInt64 = 1_000_000_000_000
  /// A time, at most: a year.
  public static let maximumMilliseconds: UInt64 = 366 * 86_400_000

  /// The version that is rolled out.
  public let candidate: String
  /// The route before, which comes back when the rollout fails.
  public let original: [VersionWeight]
  /// The candidate's shares, ascending. Other versions keep the proportions they had among each other.
  public let steps: [RolloutShare]
  /// How long each step lasts at least.
  public let holdMilliseconds: UInt64
  /// The conditions.
  public let guards: [RolloutGuard]
  /// How long a guard must fail without a break, or the candidate be without workers, before something is done.
  public let failForMilliseconds: UInt64
  /// Requests that the candidate needs in each step; also the least for guards on errors and latency, on both sides.
  public let minimumRequests: UInt64
  /// Predictions with feedback that guards on accuracy and errors of numbers need, on both sides.
  public let minimumScores: UInt64
  /// What happens when a guard has failed for that long.
  public let onFailure: RolloutFailureResponse

  /// Makes a plan. Throws ``RolloutPlanError`` if it cannot be carried out.
  public init(
    candidate: String, original: [VersionWeight], steps: [RolloutShare], holdMilliseconds: UInt64,
    guards: [RolloutGuard] = [], failForMilliseconds: UInt64 = 30_000, minimumRequests: UInt64 = 100,
    minimumScores: UInt64 = 100, onFailure: RolloutFailureResponse = .rollBack
  ) throws(RolloutPlanError) {
    self.candidate = candidate
    self.original = original
    self.steps = steps
    self.holdMilliseconds = holdMilliseconds
    self.guards = guards
    self.failForMilliseconds = failForMilliseconds
    self.minimumRequests = minimumRequests
    self.minimumScores = minimumScores
    self.onFailure = onFailure
    try self.checkRoute()
    try self.checkSteps()
    guard holdMilliseconds <= Self.maximumMilliseconds else { throw .timeTooLong("hold", holdMilliseconds) }
    guard failForMilliseconds <= Self.maximumMilliseconds else { throw .timeTooLong("fail-for", failForMilliseconds) }
    guard guards.count <= Self.maximumGuards else { throw .tooManyGuards(guards.count) }
  }

  private func checkRoute() throws(RolloutPlanError) {
    var seen: Set<String> = []
    for variant in self.original {
      guard Names.isValid(variant.version) else { throw .versionInvalid(variant.version) }
      guard seen.insert(variant.version).inserted else { throw .versionTwice(variant.version) }
      guard variant.weight <= Self.maximumWeight else { throw .weightTooLarge(variant.version, variant.weight) }
    }
    guard Names.isValid(self.candidate) else { throw .versionInvalid(self.candidate) }
    guard self.original.count <= Self.maximumVariants else { throw .tooManyVariants(self.original.count) }
    guard self.othersWeight > 0 else { throw .nothingToReplace(candidate: self.candidate) }
  }

  private func checkSteps() throws(RolloutPlanError) {
    guard let first = self.steps.first else { throw .noSteps }
    guard self.steps.count <= Self.maximumSteps else { throw .tooManySteps(self.steps.count) }
    for (step, next) in zip(self.steps, self.steps.dropFirst()) where next <= step {
      throw .stepsNotAscending(step, next)
    }
    let weight = self.original.first { $0.version == self.candidate }?.weight ?? 0
    // weight / (weight + others) < first / 10,000, in whole numbers.
    guard weight * RolloutShare.all.basisPoints < first.basisPoints * (weight + self.othersWeight) else {
      throw .firstStepNotMore(first)
    }
  }

  private var othersWeight: UInt64 {
    self.original.reduce(0) { $0 + ($1.version == self.candidate ? 0 : $1.weight) }
  }

  /// The route that gives the candidate this share, and the others theirs in proportion, in the smallest whole numbers.
  /// Versions without a share are left out.
  ///
  /// The shares are exact, unless whole numbers for that would be above ``maximumWeight``; then they are rounded, by
  /// less than a hundred-millionth of the whole.
  public func weights(at share: RolloutShare) -> [VersionWeight] {
    let rest = RolloutShare.all.basisPoints - share.basisPoints
    let others = self.othersWeight
    var weights = self.original.filter { $0.version != self.candidate }.map {
      VersionWeight(version: $0.version, weight: $0.weight * rest)
    }
    weights.append(VersionWeight(version: self.candidate, weight: share.basisPoints * others))
    weights.removeAll { $0.weight == 0 }
    var divisor = weights.reduce(0) { Self.greatestCommonDivisor($0, $1.weight) }
    let greatest = weights.reduce(0) { max($0, $1.weight) }
    // Rounded up, so that none is above the limit.
    divisor = max(divisor, (greatest + Self.maximumWeight - 1) / Self.maximumWeight)
    return weights.map { VersionWeight(version: $0.version, weight: max($0.weight / divisor, 1)) }
  }

  private static func greatestCommonDivisor(_ left: UInt64, _ right: UInt64) -> UInt64 {
    var (left, right) = (left, right)
    while right > 0 { (left, right) = (right, left % right) }
    return left
  }
}
