import RealModule

/// A confidence sequence for the mean of numbers between 0 and 1, as narrow as their variance allows.
///
/// Method: the predictable plug-in empirical Bernstein confidence sequence, theorem 2 of Waudby-Smith and Ramdas,
/// "Estimating means of bounded random variables by betting", Journal of the Royal Statistical Society B 86, 2024, with
/// the weights λ of its equation 15 cut off at ½.
///
/// Guarantee: exact for every number of observations, looked at whenever and as often as one likes. Assumes that each
/// observation lies in 0…1 and, given all before it, has the same mean; nothing else about how they are distributed.
///
/// State and work for an observation are constant. Sequences cannot be merged, because each weight depends on what came
/// before.
public struct EmpiricalBernsteinSequence: Hashable, Sendable {
  private static let greatestWeight = 0.5

  /// The error probability.
  public let alpha: Double
  /// Observations so far.
  public private(set) var count: UInt64 = 0
  /// What they add up to.
  public private(set) var sum = 0.0
  private var squaredErrors = 0.0
  private var weightSum = 0.0
  private var weightedSum = 0.0
  private var variancePenalty = 0.0

  /// Knows nothing yet. `alpha` must be between 0 and 1.
  public init(alpha: Double) {
    precondition(alpha > 0 && alpha < 1, "An error probability must be between 0 and 1, not \(alpha)")
    self.alpha = alpha
  }

  /// The plain mean; nil without observations.
  public var mean: Double? { self.count == 0 ? nil : self.sum / Double(self.count) }

  /// Takes in the next observation, which must lie in 0…1.
  public mutating func add(_ observation: Double) {
    precondition(observation >= 0 && observation <= 1, "An observation must be in 0…1, not \(observation)")
    let time = Double(self.count) + 1
    // Both from the past alone: what makes them "predictable".
    let expected = (0.5 + self.sum) / time
    let variance = (0.25 + self.squaredErrors) / time
    let ideal = (2 * Double.log(2 / self.alpha) / (variance * time * Double.log(1 + time))).squareRoot()
    let weight = min(ideal, Self.greatestWeight)

    let error = observation - expected
    self.variancePenalty += error * error * (-Double.log(onePlus: -weight) - weight)
    self.weightSum += weight
    self.weightedSum += weight * observation
    self.count = LatencyHistogram.saturatingSum(self.count, 1)
    self.sum += observation
    let errorNow = observation - (0.5 + self.sum) / (time + 1)
    self.squaredErrors += errorNow * errorNow
  }

  /// The interval after the observations so far, within 0…1.
  public var interval: Interval {
    guard self.count > 0 else { return Interval(low: 0, high: 1) }
    let centre = self.weightedSum / self.weightSum
    let margin = (Double.log(2 / self.alpha) + self.variancePenalty) / self.weightSum
    return Interval(low: min(max(centre - margin, 0), 1), high: max(min(centre + margin, 1), 0))
  }
}

extension EmpiricalBernsteinSequence: Codable {
  private enum CodingKeys: String, CodingKey {
    case alpha, count, sum, squaredErrors, weightSum, weightedSum, variancePenalty
  }

  /// Reads a sequence's state. Throws `DecodingError` if no sequence can be in it.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func number(_ key: CodingKeys, _ range: ClosedRange<Double>) throws -> Double {
      let value = try container.decode(Double.self, forKey: key)
      guard range.contains(value) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: "\(value) is not in \(range.lowerBound)…\(range.upperBound)")
      }
      return value
    }
    self.init(alpha: try number(.alpha, Double.leastNonzeroMagnitude...(1.0).nextDown))
    self.count = try container.decode(UInt64.self, forKey: .count)
    let count = Double(self.count)
    self.sum = try number(.sum, 0...count)
    self.squaredErrors = try number(.squaredErrors, 0...count)
    self.weightSum = try number(.weightSum, (self.count == 0 ? 0 : Double.leastNonzeroMagnitude)...count)
    self.weightedSum = try number(.weightedSum, 0...self.weightSum)
    self.variancePenalty = try number(.variancePenalty, 0...count)
  }
}
