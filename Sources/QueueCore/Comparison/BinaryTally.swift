/// How many of a number of trials had a certain outcome: requests that failed, predictions that were right.
///
/// Tallies add up in any order. Counts stop at their greatest value.
public struct BinaryTally: Hashable, Sendable, BitwiseCopyable {
  /// Trials counted.
  public private(set) var trials: UInt64 = 0
  /// Those with the outcome, at most ``trials``.
  public private(set) var events: UInt64 = 0

  /// Has counted nothing.
  public init() {}

  /// Makes a tally of so many trials; nil if there are more events than trials.
  public init?(events: UInt64, trials: UInt64) {
    guard events <= trials else { return nil }
    self.events = events
    self.trials = trials
  }

  /// Trials without the outcome.
  public var others: UInt64 { self.trials - self.events }

  /// The share of trials with the outcome, 0…1; nil without trials.
  public var rate: Double? { self.trials == 0 ? nil : Double(self.events) / Double(self.trials) }

  /// Counts one trial.
  public mutating func record(_ event: Bool) {
    guard self.trials < .max else { return }
    self.trials += 1
    if event { self.events += 1 }
  }

  /// Adds another tally's counts.
  public mutating func merge(_ other: BinaryTally) {
    self.trials = LatencyHistogram.saturatingSum(self.trials, other.trials)
    self.events = LatencyHistogram.saturatingSum(self.events, other.events)
  }
}

extension BinaryTally: Codable {
  private enum CodingKeys: String, CodingKey { case events, trials }

  /// Reads a tally. Throws `DecodingError` if it has more events than trials.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let events = try container.decode(UInt64.self, forKey: .events)
    let trials = try container.decode(UInt64.self, forKey: .trials)
    guard let tally = BinaryTally(events: events, trials: trials) else {
      throw DecodingError.dataCorruptedError(
        forKey: .events, in: container, debugDescription: "\(events) events of \(trials) trials")
    }
    self = tally
  }
}
