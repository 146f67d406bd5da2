/// A member, as the broker sees it.
struct Worker: BitwiseCopyable {
  enum State: UInt8, BitwiseCopyable {
    /// Joined, loading or warming up.
    case warming
    /// Takes work.
    case ready
    /// Finishes what it has.
    case draining
  }

  var peer: PeerID
  var session: SessionID
  var version: VersionID
  var state: State = .warming
  /// False once it has left, in a slot that is free.
  var isMember = true
  /// READY has come.
  var hasAnnounced = false
  /// Missed a heartbeat; gets nothing new.
  var isSuspect = false
  /// Has a bulk request that a worker died with, and gets no other until it has answered that one.
  var isOnTrial = false
  var liveness: WorkerLiveness
  var batchLease: BatchLease
  /// When the broker's next heartbeat to it is due.
  var nextHeartbeat: Instant
  var credit: InlineArray<2, Int> = [0, 0]
  /// How much of the interactive credit is used.
  var creditLimit = CreditLimit(credit: 0)
  var outstanding: InlineArray<2, Int> = [0, 0]
  /// How long its interactive requests take.
  var loadStep = LoadStep()
  /// The first of the requests it has, linked through the requests.
  var firstLease = RequestTable.absent

  /// It is given a request, the first of those it has. Returns its connection.
  mutating func gave(_ request: Int, lane: Lane, isRetry: Bool, at now: Instant) -> PeerID {
    self.firstLease = Int32(truncatingIfNeeded: request)
    self.outstanding[lane.index] += 1
    if lane == .bulk {
      if self.outstanding[lane.index] == 1 { self.batchLease.moved(at: now) }
      if isRetry { self.isOnTrial = true }
    }
    return self.peer
  }

  /// It has one request less.
  mutating func gaveBack(_ lane: Lane) {
    self.outstanding[lane.index] -= 1
    if self.outstanding[Lane.bulk.index] == 0 { self.isOnTrial = false }
  }

  /// It reports the outcome of a request of so many bytes that it still has.
  mutating func reported(_ result: ResultHeader, payloadBytes: Int, lane: Lane, at now: Instant) {
    self.batchLease.moved(at: now)
    guard lane == .interactive else { return }
    if result.status == .ok {
      self.loadStep.resultReceived(computeMicroseconds: result.computeMicroseconds, payloadBytes: payloadBytes)
    }
    self.creditLimit.resultReceived(
      queueMicroseconds: result.queueMicroseconds, computeMicroseconds: result.computeMicroseconds,
      outstanding: self.outstanding[lane.index], at: now)
  }

  var takesWork: Bool { self.state == .ready && !self.isSuspect }

  /// When it counts as stuck unless it moves before; never without bulk work.
  var stuckAt: Instant { self.outstanding[Lane.bulk.index] > 0 ? self.batchLease.endsAt : .distantFuture }

  /// Where it stands among the workers that may be given work of a lane; nil if it may not. Interactive requests count
  /// by their time, bulk ones, which are long, by their number.
  @inline(__always)
  func level(_ lane: Lane) -> Int? {
    guard self.takesWork, self.hasCredit(lane), lane != .bulk || !self.isOnTrial else { return nil }
    let requests = self.outstanding[lane.index]
    return lane == .interactive ? self.loadStep.level(of: requests) : requests
  }

  @inline(__always)
  func hasCredit(_ lane: Lane) -> Bool {
    self.outstanding[lane.index] < (lane == .interactive ? self.creditLimit.requests : self.credit[lane.index])
  }
}

/// A member as others may see it: a copy, for monitoring and checks.
public struct WorkerView: Hashable, Sendable, BitwiseCopyable {
  /// What a member is doing.
  public enum State: String, Sendable, BitwiseCopyable {
    /// Joined, loading or warming up.
    case warming
    /// Ready, with nothing to do.
    case ready
    /// Ready, with work in hand.
    case busy
    /// Finishes what it has.
    case draining
    /// Missed a heartbeat.
    case suspect
  }

  /// Its session.
  public var session: SessionID
  /// Its connection.
  public var peer: PeerID
  /// What it serves.
  public var version: VersionID
  /// What it is doing.
  public var state: State
  /// Granted interactive requests.
  public var credit: Int
  /// Those of them that the broker makes use of.
  public var usedCredit: Int
  /// Granted bulk requests.
  public var bulkCredit: Int
  /// Interactive requests it has.
  public var outstanding: Int
  /// Bulk requests it has.
  public var bulkOutstanding: Int
  /// Milliseconds since it was last heard of.
  public var silentMilliseconds: UInt64
}
