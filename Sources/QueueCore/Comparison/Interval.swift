/// A closed interval of real numbers. Its ends may be infinite, and are never NaN.
public struct Interval: Hashable, Sendable, BitwiseCopyable {
  /// The lower end.
  public let low: Double
  /// The upper end, at least ``low``.
  public let high: Double

  /// Makes an interval; `low` must not be above `high`, and neither may be NaN.
  public init(low: Double, high: Double) {
    precondition(low <= high, "An interval cannot go from \(low) to \(high)")
    self.low = low
    self.high = high
  }

  /// The length.
  public var width: Double { self.high - self.low }

  /// Whether `value` lies in the interval, ends included.
  public func contains(_ value: Double) -> Bool {
    value >= self.low && value <= self.high
  }

  /// What both intervals have in common; nil if that is nothing.
  public func intersection(_ other: Interval) -> Interval? {
    let low = max(self.low, other.low)
    let high = min(self.high, other.high)
    return low <= high ? Interval(low: low, high: high) : nil
  }

  /// Where the square root lies of a number of the interval that is not negative.
  var squareRoot: Interval {
    Interval(low: max(self.low, 0).squareRoot(), high: max(self.high, 0).squareRoot())
  }

  /// The interval times a factor that is not negative.
  static func * (interval: Interval, factor: Double) -> Interval {
    Interval(low: interval.low * factor, high: interval.high * factor)
  }

  /// Where the difference lies of a number of `left` and a number of `right`.
  static func - (left: Interval, right: Interval) -> Interval {
    Interval(low: left.low - right.high, high: left.high - right.low)
  }
}

extension Interval: Codable {
  private enum CodingKeys: String, CodingKey { case low, high }

  /// Reads an interval. Throws `DecodingError` if its ends are the wrong way round.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let low = try container.decode(Double.self, forKey: .low)
    let high = try container.decode(Double.self, forKey: .high)
    guard low <= high else {
      throw DecodingError.dataCorruptedError(
        forKey: .high, in: container, debugDescription: "the upper end \(high) is below the lower end \(low)")
    }
    self.init(low: low, high: high)
  }
}
