import RealModule

/// A confidence sequence for the difference of two versions' probabilities of an outcome, from counts alone.
///
/// Method: the evidence against a pair of probabilities is the product of the two versions' ``BetaBinomialMixture``
/// evidences. Each outcome changes one factor and leaves the expectation of the product where it was, so the product is
/// itself a nonnegative martingale that starts at 1, and by Ville's inequality all pairs with evidence below 1/α form a
/// confidence sequence for the pair. The differences of its pairs form the interval; the evidence against a difference
/// is the least that any pair with that difference has. This is the construction of Turner and Grünwald, "Exact
/// anytime-valid confidence intervals for contingency tables and beyond", Statistics & Probability Letters 198, 2023,
/// with the mixture above for each group. It needs a quarter fewer observations than the difference of two intervals at
/// α/2 each.
///
/// Guarantee: exact for all numbers of trials, looked at whenever and as often as one likes, however the traffic is
/// divided, and also if the division depends on what has been seen. Assumes that each version's trials, given all
/// before, have the outcome with a probability that is the same all the time. If both versions' rates move together, as
/// with the time of day, while the division of traffic changes too, the difference of their averages is not the
/// difference between the versions.
struct ProportionDifference {
  let baseline: BinaryTally
  let candidate: BinaryTally
  private let marginal: Double

  init(baseline: BinaryTally, candidate: BinaryTally) {
    self.baseline = baseline
    self.candidate = candidate
    self.marginal = BetaBinomialMixture.logMarginal(baseline) + BetaBinomialMixture.logMarginal(candidate)
  }

  /// The logarithm of the evidence that the two probabilities differ. A sequential test that rejects their equality as
  /// soon as this reaches -log α is wrong with probability at most α.
  var logEvidenceAgainstEquality: Double {
    let trials = Double(self.baseline.trials) + Double(self.candidate.trials)
    guard trials > 0 else { return 0 }
    let pooled = (Double(self.baseline.events) + Double(self.candidate.events)) / trials
    return self.logEvidence(baseline: pooled, candidate: pooled)
  }

  /// The interval of candidate minus baseline, in a confidence sequence with error probability `alpha`.
  func interval(alpha: Double) -> Interval {
    let limit = -Double.log(alpha)
    // With no trials any rate is as likely as any other, and evidence is the same for all.
    let difference = (self.candidate.rate ?? 0.5) - (self.baseline.rate ?? 0.5)
    func isOutside(_ difference: Double) -> Bool { self.logEvidence(againstDifference: difference) >= limit }
    return Interval(
      low: Bisection.boundary(inside: difference, outside: -1, isOutside),
      high: Bisection.boundary(inside: difference, outside: 1, isOutside))
  }

  /// The logarithm of the evidence against candidate minus baseline being `difference`, -1…1: the least over all pairs.
  func logEvidence(againstDifference difference: Double) -> Double {
    // Evidence is convex along the pairs, so it is least where its slope changes sign.
    let lowest = max(0, -difference)
    let highest = min(1, 1 - difference)
    let best = Bisection.boundary(inside: lowest, outside: highest) { baseline in
      self.slope(baseline: baseline, candidate: Self.probability(baseline + difference)) > 0
    }
    return self.logEvidence(baseline: best, candidate: Self.probability(best + difference))
  }

  private func logEvidence(baseline: Double, candidate: Double) -> Double {
    self.marginal - BetaBinomialMixture.logLikelihood(of: baseline, self.baseline)
      - BetaBinomialMixture.logLikelihood(of: candidate, self.candidate)
  }

  /// How the evidence changes as both probabilities grow alike. Infinite at the ends, with the right sign.
  private func slope(baseline: Double, candidate: Double) -> Double {
    var slope = 0.0
    if self.baseline.events > 0 { slope -= Double(self.baseline.events) / baseline }
    if self.candidate.events > 0 { slope -= Double(self.candidate.events) / candidate }
    if self.baseline.others > 0 { slope += Double(self.baseline.others) / (1 - baseline) }
    if self.candidate.others > 0 { slope += Double(self.candidate.others) / (1 - candidate) }
    return slope
  }

  private static func probability(_ value: Double) -> Double { min(max(value, 0), 1) }
}
