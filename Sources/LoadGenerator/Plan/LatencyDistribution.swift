import Histogram

/// Latencies, kept to three significant digits over the whole range from a nanosecond to an hour.
public struct LatencyDistribution: Sendable {
  private static let longest: UInt64 = 3_600_000_000_000

  private var histogram = Histogram<UInt64>(
    highestTrackableValue: Self.longest, numberOfSignificantValueDigits: .three)
  private var sum = 0.0
  private var longest: UInt64 = 0

  /// Makes an empty one.
  public init() {}

  /// Latencies that were recorded.
  public var count: UInt64 { self.histogram.totalCount }

  /// Takes a latency in; one of more than an hour counts as an hour, but for the maximum.
  public mutating func record(nanoseconds: UInt64) {
    self.histogram.record(min(nanoseconds, Self.longest))
    self.sum += Double(nanoseconds)
    self.longest = max(self.longest, nanoseconds)
  }

  /// The latency in seconds that so many percent do not exceed; 0 if there are none.
  public func seconds(atPercentile percentile: Double) -> Double {
    self.count == 0 ? 0 : Double(self.histogram.valueAtPercentile(percentile)) / 1e9
  }

  /// How many took longer than this, to three significant digits.
  public func count(above nanoseconds: UInt64) -> UInt64 {
    nanoseconds < Self.longest ? self.histogram.count(within: (nanoseconds + 1)...Self.longest) : 0
  }

  /// What it has recorded, shortest first: several distributions can be put together from it.
  public var buckets: [LatencyBucket] {
    self.histogram.recordedValues().map { LatencyBucket(seconds: Double($0.value) / 1e9, count: UInt64($0.count)) }
  }

  /// Its percentiles; nil if it is empty.
  public var percentiles: LatencyPercentiles? {
    guard self.count > 0 else { return nil }
    return LatencyPercentiles(
      mean: self.sum / Double(self.count) / 1e9, p50: self.seconds(atPercentile: 50),
      p90: self.seconds(atPercentile: 90), p99: self.seconds(atPercentile: 99),
      p999: self.seconds(atPercentile: 99.9), max: Double(self.longest) / 1e9)
  }
}

/// What a distribution of latencies comes to, in seconds.
public struct LatencyPercentiles: Codable, Hashable, Sendable {
  /// The mean.
  public var mean: Double
  /// The median.
  public var p50: Double
  /// The 90th percentile.
  public var p90: Double
  /// The 99th percentile.
  public var p99: Double
  /// The 99.9th percentile.
  public var p999: Double
  /// The longest.
  public var max: Double
}

/// Latencies that are the same to three significant digits.
public struct LatencyBucket: Codable, Hashable, Sendable {
  /// The longest that counts as one of them, in seconds.
  public var seconds: Double
  /// How many there are.
  public var count: UInt64
}
