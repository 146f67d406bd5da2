public import QueueCore

/// What load to make, and for how long.
public struct LoadPlan: Hashable, Sendable {
  /// What decides when a request goes out.
  public enum Pacing: Hashable, Sendable {
    /// Open loop: requests are due so many times a second, whatever the answers do. A latency counts from when its
    /// request was due.
    case open(perSecond: Double, arrivals: Arrivals)
    /// Closed loop: so many requests are outstanding, the next goes when one has ended. A latency is a service time:
    /// when answers are slow, fewer requests are made, and those that would have come are in no figure.
    case closed(outstanding: Int)
  }

  /// How the requests of an open loop are spread over time.
  public enum Arrivals: String, Hashable, Sendable, CaseIterable {
    /// One after the other at equal distances.
    case fixed
    /// As a Poisson process: independent of each other, with exponential distances, as from many users.
    case poisson
  }

  /// What decides when a request goes out.
  public var pacing: Pacing
  /// Nanoseconds of load before anything is counted.
  public var warmUp: UInt64
  /// Nanoseconds of load that are counted.
  public var duration: UInt64
  /// Where the random distances of ``Arrivals/poisson`` come from: the same seed, the same schedule.
  public var seed: UInt64

  /// Describes a load.
  public init(pacing: Pacing, warmUp: UInt64 = 0, duration: UInt64, seed: UInt64 = 1) {
    self.pacing = pacing
    self.warmUp = warmUp
    self.duration = duration
    self.seed = seed
  }
}

/// The time in which requests count: those that were due in it, and answers that came in it.
public struct LoadWindow: Hashable, Sendable {
  /// The first instant that counts.
  public var begin: Instant
  /// The first instant after it.
  public var end: Instant

  /// The time of a plan's figures, if it begins at `start`.
  public init(_ plan: LoadPlan, from start: Instant) {
    self.begin = start.advanced(byNanoseconds: plan.warmUp)
    self.end = self.begin.advanced(byNanoseconds: plan.duration)
  }

  /// Whether an instant lies in it.
  public func contains(_ instant: Instant) -> Bool {
    instant >= self.begin && instant < self.end
  }

  /// Its length in seconds.
  public var seconds: Double { Double(self.end.nanoseconds - self.begin.nanoseconds) / 1e9 }
}
