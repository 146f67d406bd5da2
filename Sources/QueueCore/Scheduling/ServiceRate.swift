/// How fast a lane of a version answers when it has work: the mean time between two results.
///
/// Used to refuse at once a request whose deadline what goes before it makes hopeless. Nothing is known until enough
/// results have been seen.
struct ServiceRate: BitwiseCopyable {
  private static let samplesNeeded = 64

  private var meanNanoseconds: UInt64 = 0
  private var samples = 0
  /// When the last result came, if there was more to do then.
  private var last: Instant?
  private var wasBacklogged = false

  /// A result came. `backlogged` says whether requests wait for a worker, `busy` whether workers have others.
  ///
  /// Only the time after a result that left requests waiting is a measure of what the workers can do. The time after
  /// one that left them with work, but not with all they could have, is at most too long: so it counts if it is shorter
  /// than the mean, which therefore does not stay too high when nobody waits any more because of it.
  mutating func resultReceived(backlogged: Bool, busy: Bool, at now: Instant) {
    let last = self.last
    let countsInFull = self.wasBacklogged
    self.last = backlogged || busy ? now : nil
    self.wasBacklogged = backlogged
    guard let last else { return }
    let sample = now.nanoseconds - min(last.nanoseconds, now.nanoseconds)
    if self.samples == Self.samplesNeeded {
      guard countsInFull || sample < self.meanNanoseconds else { return }
      self.meanNanoseconds = self.meanNanoseconds - self.meanNanoseconds / 64 + sample / 64
    } else if countsInFull {
      self.samples += 1
      let total = self.meanNanoseconds.multipliedReportingOverflow(by: UInt64(self.samples - 1)).partialValue
      self.meanNanoseconds = (total &+ sample) / UInt64(self.samples)
    }
  }

  /// The time in which so many requests are answered, in microseconds; nil while too little is known.
  func microseconds(for requests: Int) -> UInt64? {
    guard self.samples == Self.samplesNeeded else { return nil }
    let (product, overflow) = self.meanNanoseconds.multipliedReportingOverflow(by: UInt64(requests))
    return overflow ? .max : product / 1000
  }

  /// How many requests are answered in this time; nil while too little is known.
  func requests(within microseconds: UInt64) -> Int? {
    guard self.samples == Self.samplesNeeded else { return nil }
    let (nanoseconds, overflow) = microseconds.multipliedReportingOverflow(by: 1000)
    return Int(clamping: (overflow ? .max : nanoseconds) / max(self.meanNanoseconds, 1))
  }
}
