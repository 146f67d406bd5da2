import DequeModule

/// How fast a job has gone over the last seconds.
public struct ProgressMeter: Sendable {
  /// The time it looks back over, in milliseconds.
  public static let windowMilliseconds: UInt64 = 10_000

  private struct Sample {
    let at: Instant
    let rows: UInt64
    let bytes: UInt64
  }

  private var samples = Deque<Sample>()

  /// Knows nothing yet.
  public init() {}

  /// So many rows, and bytes of the input, were done by now.
  public mutating func record(rows: UInt64, bytes: UInt64, at now: Instant) {
    self.samples.append(Sample(at: now, rows: rows, bytes: bytes))
    // One sample from before the window stays, so that the whole window is covered.
    while self.samples.count > 1, now.milliseconds(since: self.samples[1].at) >= Self.windowMilliseconds {
      self.samples.removeFirst()
    }
  }

  /// Rows and bytes a second, up to now; 0 while there is nothing to tell them from.
  public func rates(at now: Instant) -> (rowsPerSecond: Double, bytesPerSecond: Double) {
    guard let last = self.samples.last,
      let first = self.samples.last(where: { now.milliseconds(since: $0.at) >= Self.windowMilliseconds })
        ?? self.samples.first
    else { return (0, 0) }
    let seconds = Double(now.microseconds(since: first.at)) / 1e6
    guard seconds > 0 else { return (0, 0) }
    return (Double(last.rows - first.rows) / seconds, Double(last.bytes - first.bytes) / seconds)
  }

  /// For how long it has been measuring, in milliseconds.
  public func measuredMilliseconds(at now: Instant) -> UInt64 {
    self.samples.first.map { now.milliseconds(since: $0.at) } ?? 0
  }
}
