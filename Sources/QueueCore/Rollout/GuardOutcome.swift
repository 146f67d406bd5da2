/// What a guard measured, and what it was held against. Shares are fractions, latencies microseconds.
public struct GuardReading: Hashable, Sendable, BitwiseCopyable {
  /// The candidate's value.
  public let observed: Double
  /// The limit, with the baseline's value worked in.
  public let limit: Double
}

/// What a guard cannot be decided for lack of.
public struct GuardShortfall: Hashable, Sendable, BitwiseCopyable {
  /// Whose observations are too few.
  public enum Side: String, Hashable, Sendable, BitwiseCopyable {
    case candidate
    case baseline
  }

  /// What is counted.
  public enum Kind: String, Hashable, Sendable, BitwiseCopyable {
    case requests
    case scores
  }

  /// Whose.
  public let side: Side
  /// Of what.
  public let kind: Kind
  /// How many there are.
  public let has: UInt64
  /// How many are needed.
  public let needs: UInt64

  /// As in `12 of 100 requests of the candidate`.
  public var text: String { "\(self.has) of \(self.needs) \(self.kind.rawValue) of the \(self.side.rawValue)" }
}

/// How a guard stands.
public enum GuardOutcome: Hashable, Sendable {
  /// The condition is met.
  case holds(GuardReading)
  /// It is not.
  case fails(GuardReading)
  /// There are too few observations to tell.
  case undecided(GuardShortfall)
}

/// What has been observed since a step began.
struct RolloutWindow: Hashable, Sendable {
  /// Of the candidate.
  var candidate = VersionTally()
  /// Of all other versions of the route, together.
  var baseline = VersionTally()
  /// Of these before the step began. It stands in where they have got too few requests since, as they do at 100 %.
  var earlierBaseline = VersionTally()

  /// The window of the next step.
  var next: RolloutWindow {
    var next = RolloutWindow()
    next.earlierBaseline = self.earlierBaseline
    next.earlierBaseline.merge(self.baseline)
    return next
  }
}

extension RolloutGuard {
  private static let earlyAlpha = 0.05

  /// Evaluates the condition by plain values, once there are `minimumRequests` or, for feedback, `minimumScores`.
  ///
  /// A rate is found on the wrong side of an absolute limit already before that, once a ``BetaBinomialMixture``
  /// interval of 95 % leaves the limit out: a candidate that fails every request is not given a hundred of them first.
  func evaluate(_ window: RolloutWindow, minimumRequests: UInt64, minimumScores: UInt64) -> GuardOutcome {
    let needs = max(self.needsScores ? minimumScores : minimumRequests, 1)
    let candidate = self.measure(window.candidate)
    guard candidate.count >= needs else {
      if let reading = self.earlyFailure(window.candidate) { return .fails(reading) }
      return self.shortfall(of: .candidate, candidate.count, needs)
    }
    let limit: Double
    switch self.limit {
    case .absolute(let value): limit = value
    case .baselinePlus, .baselineTimes:
      var baseline = self.measure(window.baseline)
      if baseline.count < needs {
        var all = window.earlierBaseline
        all.merge(window.baseline)
        baseline = self.measure(all)
      }
      guard baseline.count >= needs else { return self.shortfall(of: .baseline, baseline.count, needs) }
      limit = self.limit(baseline: baseline.value)
    }
    let reading = GuardReading(observed: candidate.value, limit: limit)
    return self.isMet(by: candidate.value, limit: limit) ? .holds(reading) : .fails(reading)
  }

  private func shortfall(of side: GuardShortfall.Side, _ has: UInt64, _ needs: UInt64) -> GuardOutcome {
    .undecided(GuardShortfall(side: side, kind: self.needsScores ? .scores : .requests, has: has, needs: needs))
  }

  private func earlyFailure(_ candidate: VersionTally) -> GuardReading? {
    guard case .absolute(let limit) = self.limit else { return nil }
    let tally: BinaryTally
    switch self.metric {
    case .errorRate: tally = candidate.requests
    case .accuracy: tally = candidate.classification
    case .meanAbsoluteError, .rootMeanSquaredError, .latency: return nil
    }
    guard let rate = tally.rate else { return nil }
    let interval = BetaBinomialMixture.interval(tally, alpha: Self.earlyAlpha)
    let isBeyond =
      switch self.comparison {
      case .less, .lessOrEqual: interval.low > limit
      case .greater, .greaterOrEqual: interval.high < limit
      }
    return isBeyond ? GuardReading(observed: rate, limit: limit) : nil
  }

  private func limit(baseline: Double) -> Double {
    switch self.limit {
    case .absolute(let value): value
    case .baselinePlus(let offset): baseline + offset
    case .baselineTimes(let factor): baseline * factor
    }
  }

  private func isMet(by value: Double, limit: Double) -> Bool {
    switch self.comparison {
    case .less: value < limit
    case .lessOrEqual: value <= limit
    case .greater: value > limit
    case .greaterOrEqual: value >= limit
    }
  }

  private func measure(_ tally: VersionTally) -> (value: Double, count: UInt64) {
    switch self.metric {
    case .errorRate: (tally.requests.rate ?? 0, tally.requests.trials)
    case .accuracy: (tally.classification.rate ?? 0, tally.classification.trials)
    case .meanAbsoluteError: (tally.regression.meanAbsoluteError ?? 0, tally.regression.count)
    case .rootMeanSquaredError: (tally.regression.rootMeanSquaredError ?? 0, tally.regression.count)
    case .latency(let quantile):
      (Double(tally.latency.quantile(Double(quantile) / 100_000)), tally.latency.count)
    }
  }

  /// A sentence about a failure, as in `p99<20ms fails: 31.2 ms`.
  func failureText(_ reading: GuardReading) -> String {
    let against = self.needsBaseline ? ", limit \(self.format(reading.limit))" : ""
    return "\(self.text) fails: \(self.format(reading.observed))\(against)"
  }

  private func format(_ value: Double) -> String {
    func rounded(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
    return switch self.metric {
    case .errorRate, .accuracy: "\(rounded(value * 100))%"
    case .meanAbsoluteError, .rootMeanSquaredError: "\(value)"
    case .latency: "\(rounded(value / 1000)) ms"
    }
  }
}
