import RealModule

/// A sequential test of whether requests are divided as the weights say. A mismatch means that something loses or
/// diverts requests of some versions, and that no comparison of them can be trusted.
///
/// Method: the sequential multinomial test of Lindon and Malek, "Anytime-valid inference for multinomial count data",
/// NeurIPS 2022: the likelihood of the counts averaged over a Dirichlet prior around the expected shares, divided by
/// their likelihood under these shares. If the shares are right, this is a nonnegative martingale that starts at 1 and
/// ever reaches 1/α with probability at most α. Evidence from before a change of weights is multiplied in.
///
/// Guarantee: exact at any time. Assumes that each request is assigned on its own, as those without a routing key are.
/// Requests that share a key go to the same version, so only the first of each key may be counted.
public struct SampleRatioTest: Hashable, Sendable, Codable {
  /// The weight of the prior, in requests: the more, the better small mismatches are found, and the later large ones.
  public static let concentration = 1000.0

  /// The weights that requests are divided by at present, in order of the variants.
  public private(set) var weights: [UInt64]
  /// Requests that each variant has got under them.
  public private(set) var counts: [UInt64]
  private var settledLogEvidence = 0.0

  /// Knows of no request yet. Without a positive weight there is nothing to test, and the test never warns.
  public init(weights: [UInt64]) {
    self.weights = weights
    self.counts = Array(repeating: 0, count: weights.count)
  }

  /// Counts requests for the variant at `index`; those of an index that is not there are not part of the test.
  public mutating func record(variant index: Int, requests: UInt64 = 1) {
    guard self.counts.indices.contains(index) else { return }
    self.counts[index] = LatencyHistogram.saturatingSum(self.counts[index], requests)
  }

  /// From now on requests are divided by these weights.
  public mutating func change(weights: [UInt64]) {
    // Enough is enough, and infinity has no place in a store.
    self.settledLogEvidence = min(self.logEvidence, 1e9)
    self.weights = weights
    self.counts = Array(repeating: 0, count: weights.count)
  }

  /// The logarithm of the evidence against the weights. The test rejects when it reaches -log α.
  public var logEvidence: Double {
    let total = self.weights.reduce(0.0) { $0 + Double($1) }
    let requests = self.counts.reduce(0.0) { $0 + Double($1) }
    guard total > 0, requests > 0, self.weights.count == self.counts.count else { return self.settledLogEvidence }
    var sum = Double.logGamma(Self.concentration) - Double.logGamma(Self.concentration + requests)
    for (weight, count) in zip(self.weights, self.counts) where count > 0 {
      guard weight > 0 else { return .infinity }
      let share = Double(weight) / total
      let prior = Self.concentration * share
      sum += Double.logGamma(prior + Double(count)) - Double.logGamma(prior) - Double(count) * Double.log(share)
    }
    return self.settledLogEvidence + sum
  }

  /// Whether the counts are too unlikely, with error probability `alpha` over all time if no look is left out.
  public func isMismatch(alpha: Double) -> Bool {
    self.logEvidence >= -Double.log(alpha)
  }
}
