/// How much of its interactive credit a worker gets to use.
///
/// What waits in a worker waits in the order in which it came: a nearer deadline, another client or an idle worker does
/// not count there any more. So a worker is to have no more than keeps it busy. Its results say how long they waited in
/// it and how long the engine took; when the wait is longer than ``targetMicroseconds`` and two engine calls, the
/// worker gets as much as would have waited for so long. That is looked at again when what it had by then is done.
/// While the wait is short and the limit is what keeps it so, it grows by one a result.
///
/// A wait may also be long for other reasons, such as bulk work in between, and a worker that takes all that waits at
/// once would then be given less and less. So the limit is never less than a few times what it answers together.
struct CreditLimit: BitwiseCopyable {
  /// Engine calls for which a worker has requests, at least: for one that goes on, and for some on their way.
  static let minimumCalls = 4
  /// How long work may wait in a worker, besides two engine calls.
  static let targetMicroseconds: UInt64 = 2000

  /// Requests that the worker may have.
  private(set) var requests: Int
  private let credit: Int
  /// Results that say nothing new, because their requests went out under an earlier limit.
  private var resultsToIgnore = 0
  /// When the last result came, and how many came with it.
  private var last = Instant.zero
  private var together = 0
  /// How many came together at most; forgotten by and by.
  private var batch = 1

  /// Begins with all of the credit.
  init(credit: Int) {
    self.credit = credit
    self.requests = credit
  }

  private var minimum: Int { min(Self.minimumCalls * self.batch, self.credit) }

  /// A result came from the worker, which had so many requests, this one included.
  mutating func resultReceived(
    queueMicroseconds: UInt32, computeMicroseconds: UInt32, outstanding: Int, at now: Instant
  ) {
    self.count(at: now)
    guard self.resultsToIgnore == 0 else {
      self.resultsToIgnore -= 1
      return
    }
    let target = Self.targetMicroseconds + 2 * UInt64(computeMicroseconds)
    let queued = UInt64(queueMicroseconds)
    if queued > target {
      let fitting = Int(UInt64(min(self.requests, outstanding)) * target / queued)
      self.requests = min(max(fitting, self.minimum), self.requests)
      self.resultsToIgnore = max(outstanding - 1, 0)
    } else if queued < target / 2, outstanding >= self.requests, self.requests < self.credit {
      self.requests += 1
    }
  }

  private mutating func count(at now: Instant) {
    if now == self.last {
      self.together += 1
    } else {
      if self.together < self.batch { self.batch -= (self.batch - self.together + 15) / 16 }
      self.last = now
      self.together = 1
    }
    self.batch = max(self.batch, self.together)
    self.requests = max(self.requests, self.minimum)
  }
}
