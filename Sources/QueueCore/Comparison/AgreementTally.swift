/// How often a shadow's outputs agreed with those of the version that answered the client, and how far apart they were.
///
/// Whoever compares the outputs decides what agrees: equal labels, or numbers within a tolerance.
public struct AgreementTally: Hashable, Sendable, Codable {
  /// Pairs compared; the events are those that agreed.
  public private(set) var pairs = BinaryTally()
  /// The greatest absolute differences of the pairs that have one.
  public private(set) var differences = Moments()
  /// The greatest of these; 0 if there are none.
  public private(set) var greatestDifference = 0.0
  /// Pairs that could not be compared: other names, types or shapes, a difference that is no number.
  public private(set) var incomparable: UInt64 = 0
  /// Copies for the shadow that failed.
  public private(set) var shadowFailures: UInt64 = 0
  /// Copies for the shadow that were dropped so as not to disturb.
  public private(set) var shadowDrops: UInt64 = 0

  /// Has counted nothing.
  public init() {}

  /// What became of a copy for the shadow.
  public enum Outcome: Hashable, Sendable, BitwiseCopyable {
    /// Both outputs were there; how far apart their numbers are at most, nil for outputs without numbers.
    case compared(agree: Bool, difference: Double?)
    /// Both were there and nothing can be compared.
    case incomparable
    /// The shadow did not answer, or with an error.
    case shadowFailed
    /// The copy was never sent, or given up.
    case shadowDropped
  }

  /// Pairs that agreed.
  public var agreements: UInt64 { self.pairs.events }

  /// Pairs that did not.
  public var disagreements: UInt64 { self.pairs.others }

  /// The mean of the greatest absolute differences; nil if there are none.
  public var meanDifference: Double? { self.differences.count == 0 ? nil : self.differences.mean }

  /// Counts an outcome.
  public mutating func record(_ outcome: Outcome) {
    switch outcome {
    case .compared(let agree, nil):
      self.pairs.record(agree)
    case .compared(let agree, let difference?):
      guard difference.magnitude <= RegressionTally.greatestError else {
        self.incomparable = LatencyHistogram.saturatingSum(self.incomparable, 1)
        return
      }
      self.pairs.record(agree)
      self.differences.add(difference.magnitude)
      self.greatestDifference = max(self.greatestDifference, difference.magnitude)
    case .incomparable: self.incomparable = LatencyHistogram.saturatingSum(self.incomparable, 1)
    case .shadowFailed: self.shadowFailures = LatencyHistogram.saturatingSum(self.shadowFailures, 1)
    case .shadowDropped: self.shadowDrops = LatencyHistogram.saturatingSum(self.shadowDrops, 1)
    }
  }

  /// Adds another tally.
  public mutating func merge(_ other: AgreementTally) {
    self.pairs.merge(other.pairs)
    self.differences.merge(other.differences)
    self.greatestDifference = max(self.greatestDifference, other.greatestDifference)
    self.incomparable = LatencyHistogram.saturatingSum(self.incomparable, other.incomparable)
    self.shadowFailures = LatencyHistogram.saturatingSum(self.shadowFailures, other.shadowFailures)
    self.shadowDrops = LatencyHistogram.saturatingSum(self.shadowDrops, other.shadowDrops)
  }

  /// Where the share of agreeing pairs lies, in a confidence sequence with error probability `alpha` (0…½).
  ///
  /// Guarantee: exact at any time, if each pair agrees with the same probability given those before it.
  public func interval(alpha: Double) -> Interval {
    BetaBinomialMixture.interval(self.pairs, alpha: alpha)
  }
}
