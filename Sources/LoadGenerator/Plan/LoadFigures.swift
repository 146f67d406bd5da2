/// What a load came to. Its JSON is what `augury bench --json` writes, beside what the load was.
public struct LoadFigures: Codable, Hashable, Sendable {
  /// Requests that ended in one way.
  public struct Ending: Codable, Hashable, Sendable {
    /// How many.
    public var count: Int
    /// How long they took; nil if there were none.
    public var latencySeconds: LatencyPercentiles?
    /// What the first of them said, if it said anything.
    public var example: String?

    /// Makes a count.
    public init(count: Int, latencySeconds: LatencyPercentiles? = nil, example: String? = nil) {
      self.count = count
      self.latencySeconds = latencySeconds
      self.example = example
    }

    enum CodingKeys: String, CodingKey {
      case count
      case latencySeconds = "latency_seconds"
      case example
    }
  }

  /// Seconds that the figures cover.
  public var seconds: Double
  /// Requests that were due in that time and went out.
  public var requests: Int
  /// Requests that were due in that time and never went out: the generator was too far behind.
  public var unsent: Int
  /// Requests that went out in that time, whenever they were due, a second.
  public var requestsPerSecond: Double
  /// Predictions that came in that time, a second.
  public var goodputPerSecond: Double
  /// Instances in those predictions, a second.
  public var goodputInstancesPerSecond: Double
  /// Predictions that came in each second of that time.
  public var okBySecond: [Int]
  /// How long the requests took that ended with a prediction; nil if none did.
  public var latencySeconds: LatencyPercentiles?
  /// The same, each of them; nil unless it was asked for.
  public var latencyBuckets: [LatencyBucket]?
  /// Requests that were answered, by the answer's code, `OK` among them.
  public var answers: [String: Ending]
  /// Requests that were not answered, by the reason.
  public var failures: [String: Ending]
  /// How long after the moment in which it could have gone a request went out; nil if none did.
  public var sendLagSeconds: LatencyPercentiles?
  /// Requests that waited for a connection, all being busy or full.
  public var waitedForConnection: Int
  /// The longest of these waits in seconds.
  public var connectionWaitSecondsMax: Double
  /// Whether more than one request in a hundred went out more than a millisecond late by the generator's own fault.
  public var isBehind: Bool

  enum CodingKeys: String, CodingKey {
    case seconds
    case requests
    case unsent
    case requestsPerSecond = "requests_per_second"
    case goodputPerSecond = "goodput_per_second"
    case goodputInstancesPerSecond = "goodput_instances_per_second"
    case okBySecond = "ok_by_second"
    case latencySeconds = "latency_seconds"
    case latencyBuckets = "latency_buckets"
    case answers
    case failures
    case sendLagSeconds = "send_lag_seconds"
    case waitedForConnection = "waited_for_connection"
    case connectionWaitSecondsMax = "connection_wait_seconds_max"
    case isBehind = "behind"
  }

  /// Sums up what a recorder has taken in.
  ///
  /// - Parameters:
  ///   - instances: Instances in each request.
  ///   - listsLatencies: Whether the latencies of predictions are listed one by one.
  public init(_ recorder: LoadRecorder, instances: Int, listsLatencies: Bool = false) {
    let seconds = recorder.window.seconds
    let ok = recorder.okBySecond.reduce(0, +)
    self.seconds = seconds
    self.requests = Int(recorder.lags.count)
    self.unsent = recorder.unsent
    self.requestsPerSecond = Double(recorder.sentInTime) / seconds
    self.goodputPerSecond = Double(ok) / seconds
    self.goodputInstancesPerSecond = Double(ok * instances) / seconds
    self.okBySecond = recorder.okBySecond
    self.latencySeconds = recorder.okLatencies.percentiles
    self.latencyBuckets = listsLatencies ? recorder.okLatencies.buckets : nil
    self.answers = ["OK": Ending(count: Int(recorder.okLatencies.count), latencySeconds: self.latencySeconds)]
    for (code, latencies) in recorder.refusals {
      self.answers[code] = Ending(latencies, example: recorder.examples[.refused(code: code)])
    }
    self.failures = [:]
    for (reason, latencies) in recorder.failures {
      self.failures[reason] = Ending(latencies, example: recorder.examples[.failed(reason: reason)])
    }
    self.sendLagSeconds = recorder.lags.percentiles
    self.waitedForConnection = Int(recorder.waits.count)
    self.connectionWaitSecondsMax = recorder.waits.percentiles?.max ?? 0
    let late = recorder.lags.count(above: LoadRecorder.tolerance)
    self.isBehind = late * 100 > recorder.lags.count
  }
}

extension LoadFigures.Ending {
  fileprivate init(_ latencies: LatencyDistribution, example: String?) {
    self.init(count: Int(latencies.count), latencySeconds: latencies.percentiles, example: example)
  }
}
