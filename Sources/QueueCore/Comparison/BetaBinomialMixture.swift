import RealModule

/// A confidence sequence for the probability of an outcome, from counts alone.
///
/// Method: Robbins' mixture. For a probability p, the evidence against it is the likelihood of the outcomes averaged
/// over a Beta(½, ½) prior, divided by their likelihood under p. If p is the truth this is a nonnegative martingale
/// that starts at 1, so by Ville's inequality it ever reaches 1/α with probability at most α; all p whose evidence is
/// below 1/α form the interval. See Robbins, "Statistical methods related to the law of the iterated logarithm", Annals
/// of Mathematical Statistics 41, 1970, and Howard, Ramdas, McAuliffe, Sekhon, "Time-uniform, nonparametric,
/// nonasymptotic confidence sequences", Annals of Statistics 49, 2021.
///
/// Guarantee: exact for every number of trials, looked at whenever and as often as one likes. Assumes that each trial,
/// given all before it, has the outcome with the same probability.
///
/// Works on sufficient counts, so tallies may be merged first. Its logarithms of gamma functions lose digits as counts
/// grow: the evidence is off by less than 1e-5 up to a billion trials.
enum BetaBinomialMixture {
  private static let prior = 0.5

  /// The logarithm of the evidence against `probability`, 0…1; infinite if the outcomes are impossible under it.
  static func logEvidence(against probability: Double, _ tally: BinaryTally) -> Double {
    Self.logMarginal(tally) - Self.logLikelihood(of: probability, tally)
  }

  /// The interval of a confidence sequence with error probability `alpha`.
  static func interval(_ tally: BinaryTally, alpha: Double) -> Interval {
    guard let rate = tally.rate else { return Interval(low: 0, high: 1) }
    let marginal = Self.logMarginal(tally)
    let limit = -Double.log(alpha)
    func isOutside(_ probability: Double) -> Bool {
      marginal - Self.logLikelihood(of: probability, tally) >= limit
    }
    return Interval(
      low: Bisection.boundary(inside: rate, outside: 0, isOutside),
      high: Bisection.boundary(inside: rate, outside: 1, isOutside))
  }

  /// The logarithm of the likelihood of the outcomes, averaged over the prior.
  static func logMarginal(_ tally: BinaryTally) -> Double {
    // The beta function of (½, ½) is π.
    Self.logBeta(Double(tally.events) + Self.prior, Double(tally.others) + Self.prior) - Double.log(Double.pi)
  }

  /// The logarithm of the likelihood of the outcomes under a probability.
  static func logLikelihood(of probability: Double, _ tally: BinaryTally) -> Double {
    var sum = 0.0
    if tally.events > 0 { sum += Double(tally.events) * Double.log(probability) }
    if tally.others > 0 { sum += Double(tally.others) * Double.log(onePlus: -probability) }
    return sum
  }

  private static func logBeta(_ left: Double, _ right: Double) -> Double {
    Double.logGamma(left) + Double.logGamma(right) - Double.logGamma(left + right)
  }
}
