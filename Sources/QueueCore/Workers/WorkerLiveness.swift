/// Whether a worker is alive, by when it was last heard of: a pure judgement, told the time by its caller.
///
/// A worker is late once it has missed one heartbeat with half an interval of grace, and dead once it has missed as
/// many as it announced.
struct WorkerLiveness: BitwiseCopyable {
  enum Judgement: Hashable {
    case alive
    case late
    case dead
  }

  private let intervalNanoseconds: UInt64
  private let liveness: UInt64
  private var lastHeard: Instant

  init(heartbeatMilliseconds: UInt32, liveness: UInt8, at now: Instant) {
    precondition(heartbeatMilliseconds > 0 && liveness > 0, "the codec refuses zero")
    self.intervalNanoseconds = UInt64(heartbeatMilliseconds) * 1_000_000
    self.liveness = UInt64(liveness)
    self.lastHeard = now
  }

  mutating func heard(at now: Instant) {
    self.lastHeard = max(self.lastHeard, now)
  }

  func judgement(at now: Instant) -> Judgement {
    if now >= self.deadAt { return .dead }
    return now >= self.lateAt ? .late : .alive
  }

  /// When the judgement may next change if nothing is heard.
  func nextCheck(at now: Instant) -> Instant {
    now < self.lateAt ? self.lateAt : self.deadAt
  }

  func milliseconds(sinceHeardAt now: Instant) -> UInt64 {
    now.milliseconds(since: self.lastHeard)
  }

  private var lateAt: Instant {
    // With a liveness of 1 there is no time between late and dead.
    min(self.lastHeard.advanced(byNanoseconds: self.intervalNanoseconds * 3 / 2), self.deadAt)
  }

  private var deadAt: Instant {
    self.lastHeard.advanced(byNanoseconds: self.intervalNanoseconds * self.liveness)
  }
}
