/// Decides what a worker's compute thread does next: which of the waiting interactive requests go into one engine call.
///
/// They are batched up to a number of rows. A batch that is not full may be held back for more to join it, but only if
/// the operator allows a delay, and only while that pays: it is held until as many are there as ran together last time.
/// So a client that waits for each of its answers never waits for others, nor does what comes after a pause, and a hold
/// that was in vain is not tried again before several have come together by themselves.
///
/// Is not told what requests contain: the caller finds out which of a pick fit together and puts the others back.
public struct BatchPolicy: Sendable {
  /// A request that waits for a compute thread.
  public struct Waiting: Hashable, Sendable, BitwiseCopyable {
    /// Its rows, as far as they are known; 1 before it has been looked into.
    public var rows: Int
    /// When it came.
    public var receivedAt: Instant
    /// After this nobody waits for it.
    public var deadline: Instant
    /// Whether its client gave it up.
    public var isCancelled: Bool

    /// Describes a waiting request.
    public init(rows: Int, receivedAt: Instant, deadline: Instant, isCancelled: Bool = false) {
      precondition(rows >= 0, "a number of rows is not negative")
      self.rows = rows
      self.receivedAt = receivedAt
      self.deadline = deadline
      self.isCancelled = isCancelled
    }

    /// What is to become of it if its turn is now.
    public func fate(at now: Instant) -> Fate {
      if self.isCancelled { return .cancelled }
      return now >= self.deadline ? .expired : .run
    }
  }

  /// What becomes of a request whose turn has come.
  public enum Fate: Hashable, Sendable, BitwiseCopyable {
    /// It is computed.
    case run
    /// It is answered `DEADLINE_EXCEEDED`; late work is not done.
    case expired
    /// It is answered `CANCELLED`.
    case cancelled
  }

  /// What a free compute thread does.
  public enum Decision: Hashable, Sendable, BitwiseCopyable {
    /// Nothing waits.
    case idle
    /// Ask again then, or when another request comes.
    case wait(until: Instant)
    /// Run the first so many together.
    case runBatch(Int)
  }

  private let maximumRows: Int
  private let maximumDelayNanoseconds: UInt64
  /// Requests that ran together last time: with as many a batch is not held back.
  private var expected = 1
  /// When the last batch was begun.
  private var lastBegun = Instant.zero

  /// Batches up to `maximumRows` rows, at least 1, held back for at most `maximumDelayNanoseconds`; 0 never waits.
  public init(maximumRows: Int, maximumDelayNanoseconds: UInt64 = 0) {
    precondition(maximumRows > 0, "a batch has at least one row")
    self.maximumRows = maximumRows
    self.maximumDelayNanoseconds = maximumDelayNanoseconds
  }

  /// What to do now, given so many requests in the order in which they came, which `waiting` describes by their index.
  ///
  /// The first request is taken whatever its rows, so that one larger than a batch gets its turn too.
  public mutating func next(_ count: Int, at now: Instant, waiting: (Int) -> Waiting) -> Decision {
    let pick = self.pick(count, waiting)
    guard pick.count > 0 else { return .idle }
    let holdUntil = self.holdUntil(pick)
    guard now >= holdUntil else { return .wait(until: holdUntil) }
    self.expected = pick.count
    self.lastBegun = now
    return .runBatch(pick.count)
  }

  private struct Pick {
    var count = 0
    var rows = 0
    var isFull = false
    var oldest = Instant.distantFuture
    var firstDeadline = Instant.distantFuture
  }

  private func pick(_ count: Int, _ waiting: (Int) -> Waiting) -> Pick {
    var pick = Pick()
    for index in 0..<count {
      let waiting = waiting(index)
      let (rows, overflow) = pick.rows.addingReportingOverflow(waiting.rows)
      if pick.count > 0, overflow || rows > self.maximumRows {
        pick.isFull = true
        break
      }
      pick.count += 1
      pick.rows = overflow ? .max : rows
      pick.oldest = min(pick.oldest, waiting.receivedAt)
      pick.firstDeadline = min(pick.firstDeadline, waiting.deadline)
      if pick.rows >= self.maximumRows {
        pick.isFull = true
        break
      }
    }
    return pick
  }

  /// Until when a batch may be held back; not at all if it is full or as large as can be expected, if it came after a
  /// pause, or if one of it would be late by then.
  private func holdUntil(_ pick: Pick) -> Instant {
    let end = pick.oldest.advanced(byNanoseconds: self.maximumDelayNanoseconds)
    let pauseEnd = self.lastBegun.advanced(byNanoseconds: self.maximumDelayNanoseconds)
    let isEnough = pick.isFull || pick.count >= self.expected
    return isEnough || pick.oldest > pauseEnd || pick.firstDeadline <= end ? .zero : end
  }
}
