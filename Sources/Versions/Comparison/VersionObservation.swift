public import QueueCore

/// What the loop knows of how a version serves those who wait.
public struct VersionObservation: Sendable {
  /// The version's name.
  public var version: String
  /// Requests of class online that ended, by code.
  public var outcomes: [StatusCode: UInt64]
  /// Microseconds from acceptance to the worker's answer.
  public var latency: LatencyHistogram
  /// Requests without a key that the model's route gave it by its weight alone.
  public var assigned: UInt64

  /// Describes what is known.
  public init(version: String, outcomes: [StatusCode: UInt64], latency: LatencyHistogram, assigned: UInt64) {
    self.version = version
    self.outcomes = outcomes
    self.latency = latency
    self.assigned = assigned
  }

  /// Requests that say something about the version, and those that failed. What was the client's own fault or wish says
  /// nothing.
  var requests: BinaryTally {
    var (events, trials): (UInt64, UInt64) = (0, 0)
    for (code, count) in self.outcomes {
      switch code {
      case .invalidArgument, .cancelled, .notFound, .permissionDenied, .unauthenticated, .outOfRange: continue
      case .ok: trials += count
      default:
        trials += count
        events += count
      }
    }
    return BinaryTally(events: events, trials: trials) ?? BinaryTally()
  }
}
