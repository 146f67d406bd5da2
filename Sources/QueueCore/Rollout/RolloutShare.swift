/// A share of a model's traffic, in hundredths of a percent: 1…10,000.
public struct RolloutShare: Hashable, Comparable, Sendable, BitwiseCopyable, CustomStringConvertible {
  /// All traffic.
  public static let all = RolloutShare(unchecked: 10_000)

  /// Hundredths of a percent.
  public let basisPoints: UInt64

  private init(unchecked basisPoints: UInt64) {
    self.basisPoints = basisPoints
  }

  /// Makes a share; nil unless it is in 1…10,000.
  public init?(basisPoints: UInt64) {
    guard basisPoints >= 1, basisPoints <= Self.all.basisPoints else { return nil }
    self.basisPoints = basisPoints
  }

  /// Reads a percentage with at most two decimals: `5`, `0.25`, `100`; nil if it is none, or not in 0.01…100.
  public init?(percent text: some StringProtocol) {
    guard let decimal = DecimalNumber(text), let basisPoints = decimal.scaled(byPowerOfTen: 2) else { return nil }
    self.init(basisPoints: basisPoints)
  }

  /// Reads steps as `1,5,25,50,100`. Throws ``RolloutPlanError`` naming the first that is no percentage.
  public static func steps(parsing text: String) throws(RolloutPlanError) -> [RolloutShare] {
    var steps: [RolloutShare] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let trimmed = String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      guard let share = RolloutShare(percent: trimmed) else { throw .stepUnreadable(trimmed) }
      steps.append(share)
    }
    return steps
  }

  /// Whether this share is the smaller of the two.
  public static func < (left: RolloutShare, right: RolloutShare) -> Bool {
    left.basisPoints < right.basisPoints
  }

  /// The percentage with its sign, as `5%` or `0.25%`.
  public var description: String {
    let whole = self.basisPoints / 100
    let rest = self.basisPoints % 100
    guard rest > 0 else { return "\(whole)%" }
    return rest % 10 == 0 ? "\(whole).\(rest / 10)%" : "\(whole).\(rest < 10 ? "0" : "")\(rest)%"
  }
}
