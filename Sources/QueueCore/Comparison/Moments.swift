/// Count, mean and spread of numbers, kept without the numbers. Moments add up in any order.
///
/// Method: Welford's update, and Chan, Golub and LeVeque's for merging ("Algorithms for computing the sample variance",
/// The American Statistician 37, 1983), which do not lose digits where a sum of squares would.
public struct Moments: Hashable, Sendable, BitwiseCopyable {
  /// Numbers seen.
  public private(set) var count: UInt64 = 0
  /// Their mean; 0 if there are none.
  public private(set) var mean = 0.0
  /// The sum of their squared distances from the mean.
  public private(set) var squaredDeviations = 0.0

  /// Has seen nothing.
  public init() {}

  /// Moments as they were; nil if no numbers have these.
  public init?(count: UInt64, mean: Double, squaredDeviations: Double) {
    guard mean.isFinite, squaredDeviations.isFinite, squaredDeviations >= 0 else { return nil }
    guard count > 0 || (mean == 0 && squaredDeviations == 0) else { return nil }
    self.count = count
    self.mean = mean
    self.squaredDeviations = squaredDeviations
  }

  /// The mean squared distance from the mean; 0 if there are no numbers.
  public var variance: Double { self.count == 0 ? 0 : self.squaredDeviations / Double(self.count) }

  /// Takes in a number.
  public mutating func add(_ value: Double) {
    self.count = LatencyHistogram.saturatingSum(self.count, 1)
    let distance = value - self.mean
    self.mean += distance / Double(self.count)
    self.squaredDeviations += distance * (value - self.mean)
  }

  /// Takes in all numbers that `other` has seen.
  public mutating func merge(_ other: Moments) {
    guard other.count > 0 else { return }
    guard self.count > 0 else {
      self = other
      return
    }
    let mine = Double(self.count)
    let theirs = Double(other.count)
    let distance = other.mean - self.mean
    self.mean += distance * (theirs / (mine + theirs))
    self.squaredDeviations += other.squaredDeviations + distance * distance * (mine * theirs / (mine + theirs))
    self.count = LatencyHistogram.saturatingSum(self.count, other.count)
  }
}

extension Moments: Codable {
  private enum CodingKeys: String, CodingKey { case count, mean, squaredDeviations }

  /// Reads moments. Throws `DecodingError` if no numbers have these.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let count = try container.decode(UInt64.self, forKey: .count)
    let mean = try container.decode(Double.self, forKey: .mean)
    let squaredDeviations = try container.decode(Double.self, forKey: .squaredDeviations)
    guard let moments = Moments(count: count, mean: mean, squaredDeviations: squaredDeviations) else {
      throw DecodingError.dataCorruptedError(
        forKey: .mean, in: container,
        debugDescription: "no \(count) numbers have mean \(mean) and squared deviations \(squaredDeviations)")
    }
    self = moments
  }
}
