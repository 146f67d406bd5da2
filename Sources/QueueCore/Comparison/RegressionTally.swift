/// How far a version's predicted numbers were from the truth.
public struct RegressionTally: Hashable, Sendable {
  /// The greatest distance that can be reckoned with: its square, squared once more, is still a number.
  public static let greatestError = 1e70

  /// Absolute errors.
  public private(set) var absolute = Moments()
  /// Squared errors.
  public private(set) var squared = Moments()
  /// Pairs left out, because a number was NaN, infinite or too far off.
  public private(set) var unusable: UInt64 = 0

  /// Has counted nothing.
  public init() {}

  /// Makes a tally of its parts; nil if they cannot be of the same predictions.
  public init?(absolute: Moments, squared: Moments, unusable: UInt64) {
    guard absolute.count == squared.count, absolute.mean >= 0, squared.mean >= 0 else { return nil }
    self.absolute = absolute
    self.squared = squared
    self.unusable = unusable
  }

  /// Predictions scored.
  public var count: UInt64 { self.absolute.count }

  /// The mean absolute error; nil if nothing was scored.
  public var meanAbsoluteError: Double? { self.count == 0 ? nil : self.absolute.mean }

  /// The root of the mean squared error; nil if nothing was scored.
  public var rootMeanSquaredError: Double? { self.count == 0 ? nil : max(self.squared.mean, 0).squareRoot() }

  /// Scores one prediction. Returns the absolute error, or nil if the pair cannot be used, which is counted.
  @discardableResult
  public mutating func record(predicted: Double, truth: Double) -> Double? {
    let error = (predicted - truth).magnitude
    guard error <= Self.greatestError else {
      self.unusable = LatencyHistogram.saturatingSum(self.unusable, 1)
      return nil
    }
    self.absolute.add(error)
    self.squared.add(error * error)
    return error
  }

  /// Adds another tally's scores.
  public mutating func merge(_ other: RegressionTally) {
    self.absolute.merge(other.absolute)
    self.squared.merge(other.squared)
    self.unusable = LatencyHistogram.saturatingSum(self.unusable, other.unusable)
  }
}
