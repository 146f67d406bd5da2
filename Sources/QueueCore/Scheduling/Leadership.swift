/// Decides which thread of a worker leads, that is, has the socket and the session, and whether it computes itself.
///
/// A leader that computes a batch itself spares two hand-overs between threads, which take longer than a run of a small
/// model; but nobody looks at the socket meanwhile. So it does that only while batches are short, and only while
/// another thread, a follower, has nothing to do and looks after it: if a batch goes on and on all the same, the
/// follower takes the lead, and whoever led hands its answers in when it has them.
///
/// Turns are counted: odd while the leader computes a batch, even otherwise. Who is to end a batch names the turn in
/// which it began, and does not lead any more if another one has come.
public struct Leadership: Sendable {
  /// A batch that is expected to take longer than this is none for the leader.
  public static let shortNanoseconds: UInt64 = 1_000_000
  /// How often a follower looks after a leader that computes: a batch may go on for once to twice this time before
  /// somebody else has the lead.
  public let lookNanoseconds: UInt64

  private var turn: UInt64 = 0
  /// The moving average of what batches took; nil before the first.
  private var averageNanoseconds: UInt64?
  /// The turn that the follower saw when it last looked, and when it is to look again.
  private var seen: UInt64 = 0
  private var lookAt = Instant.zero

  /// What a follower does about the leader.
  public enum Finding: Hashable, Sendable, BitwiseCopyable {
    /// Nothing, for the leader does not compute: sleep until woken.
    case rest
    /// Look again then.
    case lookAgain(at: Instant)
    /// Lead, from now on.
    case takeLead
  }

  /// Begins with a leader that does not compute, and no idea how long batches take.
  public init(lookNanoseconds: UInt64 = 10_000_000) {
    self.lookNanoseconds = lookNanoseconds
  }

  // MARK: The leader

  /// Whether the leader should compute a batch itself, if there is a follower that has nothing else to do.
  public var batchesAreShort: Bool {
    self.averageNanoseconds.map { $0 <= Self.shortNanoseconds } ?? false
  }

  /// Whether the leader computes a batch at this moment. What comes meanwhile is left to it: there is to be one engine
  /// call at a time.
  public var leaderComputes: Bool { !self.turn.isMultiple(of: 2) }

  /// The leader begins to compute a batch; returns the turn that it is to name when it ends it.
  public mutating func batchBegins() -> UInt64 {
    precondition(!self.leaderComputes, "a leader computes one batch at a time")
    self.turn += 1
    return self.turn
  }

  /// A batch that was begun in this turn is over. Whether who computed it still leads.
  public mutating func batchEnded(of turn: UInt64) -> Bool {
    guard self.turn == turn else { return false }
    self.turn += 1
    return true
  }

  // MARK: Followers

  /// A follower has nothing else to do: what about the leader?
  public mutating func look(at now: Instant) -> Finding {
    if self.turn != self.seen {
      self.seen = self.turn
      self.lookAt = now.advanced(byNanoseconds: self.lookNanoseconds)
      return .lookAgain(at: self.lookAt)
    }
    guard now >= self.lookAt else { return .lookAgain(at: self.lookAt) }
    guard self.leaderComputes else { return .rest }
    self.turn += 1
    return .takeLead
  }

  // MARK: Both

  /// A batch took this long, whoever computed it.
  public mutating func batchTook(nanoseconds: UInt64) {
    guard let average = self.averageNanoseconds else { return self.averageNanoseconds = nanoseconds }
    self.averageNanoseconds = average - average / 8 + nanoseconds / 8
  }
}
