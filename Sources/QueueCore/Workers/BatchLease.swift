/// Whether a worker that has bulk work gets on with it: a pure judgement, told the time by its caller.
///
/// Bulk requests often have no deadline, so a worker whose heartbeats come but whose engine hangs would keep them for
/// ever. It moves when it reports a result, and when the number of its engine calls that its heartbeats tell changes.
struct BatchLease: BitwiseCopyable {
  private let nanoseconds: UInt64
  private var progress: UInt64 = 0
  private var movedAt = Instant.zero

  /// A worker that beats seldom tells of its movement seldom: the lease lasts for two of its heartbeats at least. One
  /// of 0 never ends.
  init(leaseMilliseconds: UInt64, heartbeatMilliseconds: UInt32) {
    guard leaseMilliseconds > 0 else {
      self.nanoseconds = .max
      return
    }
    let milliseconds = max(leaseMilliseconds, 2 * UInt64(heartbeatMilliseconds))
    self.nanoseconds = Instant.zero.advanced(byMilliseconds: milliseconds).nanoseconds
  }

  /// It was given bulk work when it had none, or has reported a result.
  mutating func moved(at now: Instant) {
    self.movedAt = max(self.movedAt, now)
  }

  /// A heartbeat tells the number of engine calls begun or ended; nil if it tells nothing.
  mutating func heard(progress: UInt64?, at now: Instant) {
    guard let progress, progress != self.progress else { return }
    self.progress = progress
    self.moved(at: now)
  }

  /// When it counts as stuck unless it moves before.
  var endsAt: Instant { self.movedAt.advanced(byNanoseconds: self.nanoseconds) }
}
