/// What the system says of a thread's time since its start.
struct ThreadReading: Equatable {
  /// Nanoseconds on a processor, up to this moment.
  var ran: UInt64
  /// Nanoseconds in which it could have gone on and had no processor. A wait counts once it is over.
  var waited: UInt64
  /// Whether it runs or waits for a processor; if not, it sleeps for a reason of its own.
  var isRunnable: Bool
}

/// How long an engine call has taken by itself: running and sleeping, but not waiting for a processor.
///
/// The system adds a wait to what it tells once it is over. How long a present one has lasted is not told, so it is
/// bounded: a thread that has run since it was looked at last waits since then at most.
struct CallTime: Equatable {
  /// What the call has taken: no less than the one and no more than the other, in nanoseconds.
  struct Spent: Equatable {
    var atLeast: UInt64
    var atMost: UInt64
  }

  private let start: UInt64
  private let waitedBefore: UInt64
  private var ran: UInt64?
  private var lookedAt: UInt64
  /// If the thread waits now, it began to after this moment.
  private var waitsAfter: UInt64

  /// From `start` on, by the monotonic clock, of a thread that had waited so long before; nanoseconds both.
  init(from start: UInt64, waitedBefore: UInt64) {
    self.start = start
    self.waitedBefore = waitedBefore
    self.lookedAt = start
    self.waitsAfter = start
  }

  /// What has passed up to `now`. Without a reading all of it counts.
  mutating func spent(at now: UInt64, _ reading: ThreadReading?) -> Spent {
    let elapsed = now > self.start ? now - self.start : 0
    guard let reading else { return Spent(atLeast: elapsed, atMost: elapsed) }
    if let ran = self.ran, reading.ran > ran { self.waitsAfter = self.lookedAt }
    self.ran = reading.ran
    self.lookedAt = now
    let waited = reading.waited > self.waitedBefore ? reading.waited - self.waitedBefore : 0
    let atMost = elapsed - min(elapsed, waited)
    let mayWait = reading.isRunnable && now > self.waitsAfter ? now - self.waitsAfter : 0
    return Spent(atLeast: atMost - min(atMost, mayWait), atMost: atMost)
  }
}
