/// What is known of how a version has done: counts, latencies and scores. Tallies add up in any order.
public struct VersionTally: Hashable, Sendable {
  /// Requests answered by the version, or refused because it could not; the events are those that failed.
  public var requests = BinaryTally()
  /// End-to-end latencies of its answers, in microseconds.
  public var latency = LatencyHistogram()
  /// Predicted classes that feedback was given for; the events are those that were right.
  public var classification = BinaryTally()
  /// Predicted numbers that feedback was given for.
  public var regression = RegressionTally()

  /// Has counted nothing.
  public init() {}

  /// Adds another tally.
  public mutating func merge(_ other: VersionTally) {
    self.requests.merge(other.requests)
    self.latency.merge(other.latency)
    self.classification.merge(other.classification)
    self.regression.merge(other.regression)
  }
}

/// A ``VersionTally`` as plain numbers, for a store.
public struct VersionTallyValues: Hashable, Sendable, Codable {
  /// Requests that failed.
  public var failures: UInt64
  /// Requests.
  public var requests: UInt64
  /// The latency histogram's bytes, as in a worker's figures.
  public var latency: [UInt8]
  /// Predicted classes that were right.
  public var correct: UInt64
  /// Predicted classes that feedback was given for.
  public var classified: UInt64
  /// Predicted numbers that feedback was given for.
  public var measured: UInt64
  /// The mean and the sum of squared deviations of their absolute errors.
  public var absoluteErrors: [Double]
  /// The same of their squared errors.
  public var squaredErrors: [Double]
  /// Pairs of numbers that could not be used.
  public var unusable: UInt64

  /// The values of a tally.
  public init(_ tally: VersionTally) {
    self.failures = tally.requests.events
    self.requests = tally.requests.trials
    var writer = ByteWriter()
    tally.latency.write(to: &writer)
    self.latency = writer.bytes
    self.correct = tally.classification.events
    self.classified = tally.classification.trials
    let regression = tally.regression
    self.measured = regression.count
    self.absoluteErrors = [regression.absolute.mean, regression.absolute.squaredDeviations]
    self.squaredErrors = [regression.squared.mean, regression.squared.squaredDeviations]
    self.unusable = regression.unusable
  }

  /// The tally; nil if no tally has these values.
  public var tally: VersionTally? {
    guard let requests = BinaryTally(events: self.failures, trials: self.requests),
      let classification = BinaryTally(events: self.correct, trials: self.classified),
      self.absoluteErrors.count == 2, self.squaredErrors.count == 2,
      let absolute = Moments(
        count: self.measured, mean: self.absoluteErrors[0], squaredDeviations: self.absoluteErrors[1]),
      let squared = Moments(
        count: self.measured, mean: self.squaredErrors[0], squaredDeviations: self.squaredErrors[1]),
      let regression = RegressionTally(absolute: absolute, squared: squared, unusable: self.unusable)
    else { return nil }
    var reader = ByteReader(self.latency.span.bytes)
    guard let latency = try? LatencyHistogram(from: &reader) else { return nil }
    var tally = VersionTally()
    tally.requests = requests
    tally.latency = latency
    tally.classification = classification
    tally.regression = regression
    return tally
  }
}
