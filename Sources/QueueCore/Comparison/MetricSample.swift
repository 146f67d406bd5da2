/// One version's observations by one metric, and what they say of its true value with error probability `alpha`.
struct MetricSample {
  let count: UInt64
  let value: Double?
  let interval: Interval?
  let method: ComparisonMethod

  init(_ metric: ComparisonMetric, _ version: ComparedVersion, alpha: Double) {
    let regression = version.tally.regression
    switch metric {
    case .errorRate: self.init(version.tally.requests, alpha: alpha)
    case .accuracy: self.init(version.tally.classification, alpha: alpha)
    case .meanAbsoluteError:
      self.init(
        regression.absolute, version.boundedErrors?.absolute, value: regression.meanAbsoluteError, alpha: alpha)
    case .rootMeanSquaredError:
      // The root grows with its number, so the ends of the interval may be rooted.
      let mean = MetricSample(
        regression.squared, version.boundedErrors?.squared, value: regression.rootMeanSquaredError, alpha: alpha)
      self.init(count: mean.count, value: mean.value, interval: mean.interval?.squareRoot, method: mean.method)
    }
  }

  private init(count: UInt64, value: Double?, interval: Interval?, method: ComparisonMethod) {
    self.count = count
    self.value = value
    self.interval = interval
    self.method = method
  }

  private init(_ tally: BinaryTally, alpha: Double) {
    self.init(
      count: tally.trials, value: tally.rate,
      interval: tally.trials > 0 ? BetaBinomialMixture.interval(tally, alpha: alpha) : nil,
      method: .betaBinomialMixture)
  }

  private init(_ moments: Moments, _ bounded: BoundedLoss?, value: Double?, alpha: Double) {
    if let bounded {
      self.init(
        count: moments.count, value: value, interval: bounded.count > 0 ? bounded.interval : nil,
        method: .empiricalBernstein)
    } else {
      self.init(
        count: moments.count, value: value, interval: AsymptoticSequence.interval(moments, alpha: alpha),
        method: .asymptotic)
    }
  }
}
