/// How the requests of one version and class ended since the broker's start.
public struct RequestFigures: Sendable {
  private var endedByStatus: InlineArray<17, UInt64> = InlineArray(repeating: 0)
  /// Microseconds from a request's acceptance to its worker's answer, whatever the answer's status.
  public private(set) var latency = LatencyHistogram()

  /// Nothing has ended yet.
  public init() {}

  /// Requests that ended so, answered by a worker or refused by the broker.
  public func ended(_ status: StatusCode) -> UInt64 { self.endedByStatus[Int(status.rawValue)] }

  /// Requests that ended, whatever the status.
  public var ended: UInt64 { StatusCode.allCases.reduce(0) { $0 + self.ended($1) } }

  /// A worker answered.
  mutating func answered(_ status: StatusCode, afterMicroseconds latency: UInt64) {
    self.endedByStatus[Int(status.rawValue)] += 1
    self.latency.record(microseconds: latency)
  }

  /// The broker ended it.
  mutating func refused(_ status: StatusCode) {
    self.endedByStatus[Int(status.rawValue)] += 1
  }
}

/// What the broker itself knows of how one version serves, by class.
public struct VersionFigures: Sendable {
  /// Requests that somebody waited for.
  public internal(set) var online = RequestFigures()
  /// Copies for comparison, and what clients sent as such.
  public internal(set) var shadow = RequestFigures()
  /// Chunks of batch jobs and tuning trials.
  public internal(set) var bulk = RequestFigures()
  /// Requests without a key that the model's route gave this version, as by its weight alone.
  public internal(set) var assigned: UInt64 = 0
  private var drops: InlineArray<6, UInt64> = InlineArray(repeating: 0)

  /// Nothing has ended yet.
  public init() {}

  /// Latencies of all classes, in microseconds.
  public var latency: LatencyHistogram {
    var latency = self.online.latency
    latency.merge(self.shadow.latency)
    latency.merge(self.bulk.latency)
    return latency
  }

  /// Copies for this version that were not made or were given up, for this reason.
  public func drops(_ reason: ShadowDrop) -> UInt64 { self.drops[Int(reason.rawValue)] }

  mutating func dropped(_ reason: ShadowDrop) { self.drops[Int(reason.rawValue)] += 1 }

  mutating func answered(_ requestClass: RequestClass, _ status: StatusCode, afterMicroseconds latency: UInt64) {
    switch requestClass {
    case .online: self.online.answered(status, afterMicroseconds: latency)
    case .shadow: self.shadow.answered(status, afterMicroseconds: latency)
    case .batch, .tuning: self.bulk.answered(status, afterMicroseconds: latency)
    }
  }

  mutating func refused(_ requestClass: RequestClass, _ status: StatusCode) {
    switch requestClass {
    case .online: self.online.refused(status)
    case .shadow: self.shadow.refused(status)
    case .batch, .tuning: self.bulk.refused(status)
    }
  }
}
