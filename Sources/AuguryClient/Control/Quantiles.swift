/// How a duration is distributed: count, mean and upper bounds of shares, in seconds.
public struct Quantiles: Codable, Hashable, Sendable {
  /// Values counted.
  public var count: Int
  /// Their mean, in seconds; 0 if there are none.
  public var mean: Double
  /// Half of the values are at most this, in seconds.
  public var p50: Double
  /// 90 of 100 values are at most this, in seconds.
  public var p90: Double
  /// 99 of 100 values are at most this, in seconds.
  public var p99: Double
  /// The greatest value, in seconds.
  public var max: Double

  /// Makes a distribution; without arguments, that of no values.
  public init(
    count: Int = 0, mean: Double = 0, p50: Double = 0, p90: Double = 0, p99: Double = 0, max: Double = 0
  ) {
    self.count = count
    self.mean = mean
    self.p50 = p50
    self.p90 = p90
    self.p99 = p99
    self.max = max
  }
}
