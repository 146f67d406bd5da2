/// How fast a lane of a version has been answering while requests waited for it: the mean time between two results.
///
/// Used to refuse at once a request whose deadline the queue before it makes hopeless. It errs on the side of trying:
/// nothing is known until enough results have been seen, and the estimate is halved before it is held against anybody.
struct ServiceRate: BitwiseCopyable {
  private static let samplesNeeded = 64

  private var meanNanoseconds: UInt64 = 0
  private var samples = 0
  /// When the last result came, if requests were left waiting then.
  private var last: Instant?

  /// A result came. `backlogged` says whether requests still wait; the time after one that left nobody waiting is
  /// idle time, and no measure.
  mutating func resultReceived(backlogged: Bool, at now: Instant) {
    defer { self.last = backlogged ? now : nil }
    guard let last = self.last else { return }
    let sample = now.nanoseconds - min(last.nanoseconds, now.nanoseconds)
    if self.samples < Self.samplesNeeded {
      self.samples += 1
      let total = self.meanNanoseconds.multipliedReportingOverflow(by: UInt64(self.samples - 1)).partialValue
      self.meanNanoseconds = (total &+ sample) / UInt64(self.samples)
    } else {
      self.meanNanoseconds = self.meanNanoseconds - self.meanNanoseconds / 64 + sample / 64
    }
  }

  /// The time until `waiting` requests are answered, halved, in microseconds; 0 while too little is known.
  func hopefulMicroseconds(waiting: Int) -> UInt64 {
    guard self.samples == Self.samplesNeeded else { return 0 }
    let (product, overflow) = self.meanNanoseconds.multipliedReportingOverflow(by: UInt64(waiting))
    return overflow ? .max : product / 2000
  }
}
