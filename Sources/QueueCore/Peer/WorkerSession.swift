public import BasicContainers

/// The worker's end of the protocol: joins, announces readiness, takes work within its credit, answers each piece of
/// work once, beats, notices a broker that is gone, drains and leaves.
///
/// Decides and keeps no more than that: bytes, sockets, computing and the clock are the driver's. The driver reports
/// what happened with `at now`, performs the ``Action``s in order, and calls ``tick(at:into:)`` at ``nextDeadline`` at
/// the latest, after it has handed over everything that waits in its socket.
///
/// | state | leaves it by |
/// |---|---|
/// | idle | start → joining |
/// | joining: JOIN sent | WELCOME → joined; time-out → joining; DISCONNECT → backing off, finished; own end → leaving |
/// | backing off | its end → joining |
/// | joined | silence, DISCONNECT with `ABORTED` → backing off; drained, refused, load failed → finished |
/// | leaving: before WELCOME came | WELCOME, to which it says GOODBYE, or half a second → finished |
/// | finished | never |
///
/// A membership that ends takes its work with it: the broker gives it to somebody else, so the results of such work are
/// dropped and counted. ``Ticket/epoch`` tells memberships apart even if a restarted broker repeats its numbers.
public struct WorkerSession: ~Copyable, Sendable {
  /// What a worker is and how patient it is.
  public struct Configuration: Sendable {
    /// What JOIN says; its heartbeat interval and liveness also bound the wait for WELCOME.
    public var join: JoinHeader
    /// The first pause before joining again, in milliseconds; it doubles with each failure.
    public var backoffMilliseconds: UInt64
    /// The longest pause before joining again, in milliseconds.
    public var maximumBackoffMilliseconds: UInt64
    /// How long a worker that is to leave may take to finish what it has, in milliseconds.
    public var drainGraceMilliseconds: UInt64

    /// Describes a worker.
    public init(
      join: JoinHeader, backoffMilliseconds: UInt64 = 100, maximumBackoffMilliseconds: UInt64 = 2000,
      drainGraceMilliseconds: UInt64 = 30_000
    ) {
      self.join = join
      self.drainGraceMilliseconds = drainGraceMilliseconds
      self.backoffMilliseconds = backoffMilliseconds
      self.maximumBackoffMilliseconds = maximumBackoffMilliseconds
    }
  }

  /// What the worker tells in READY, once its model is loaded and warmed up.
  public struct Readiness: Hashable, Sendable {
    /// Interactive requests the worker will hold at once; at least 1.
    public var credit: UInt16
    /// Bulk requests the worker will hold at once.
    public var bulkCredit: UInt16
    /// The most rows it runs in one engine call.
    public var maxBatchSize: UInt32
    /// What loading and warming up took.
    public var loadMilliseconds: UInt32
    /// SHA-256 of the artifact, 32 bytes, or empty.
    public var digest: [UInt8]

    /// Describes a loaded model.
    public init(credit: UInt16, bulkCredit: UInt16, maxBatchSize: UInt32, loadMilliseconds: UInt32, digest: [UInt8]) {
      precondition(credit > 0, "a worker that holds no request is of no use")
      precondition(digest.isEmpty || digest.count == 32, "a digest has 32 bytes")
      self.credit = credit
      self.bulkCredit = bulkCredit
      self.maxBatchSize = maxBatchSize
      self.loadMilliseconds = loadMilliseconds
      self.digest = digest
    }
  }

  let configuration: Configuration
  var state = State.idle
  var readiness: Readiness?
  /// Whether the driver has been told which registered artifact to load.
  var hasArtifact = false
  var isDraining = false
  /// When a worker that is to leave does so with work in hand.
  var drainedBy = Instant.distantFuture
  var epoch: UInt32 = 0
  var failures: UInt32 = 0
  var inHand = InHand()
  /// What went wrong so far, for logs and figures.
  public internal(set) var counters = Counters()
  /// Why the broker refused or dismissed the worker, if it did.
  public internal(set) var refusal: DisconnectHeader?

  /// Makes a session that has not started.
  public init(_ configuration: Configuration) {
    self.configuration = configuration
  }

  // MARK: What happens

  /// The program starts, its socket is connected; the model may still be loading.
  public mutating func start(at now: Instant, into actions: inout UniqueArray<Action>) {
    if case .finished = self.state { return }
    precondition(self.state == .idle, "a session starts once")
    self.join(at: now, into: &actions)
  }

  /// A unit came from the broker: its header part, and the driver's handle for its payload parts, if it has any.
  ///
  /// The payload is the session's from here on: it comes back in exactly one ``Action/run(_:)``,
  /// ``Action/loadArtifact(_:)`` or ``Action/release(_:)``.
  public mutating func received(
    header: RawSpan, payload: PayloadRef, at now: Instant, into actions: inout UniqueArray<Action>
  ) {
    if case .finished = self.state { return self.release(payload, into: &actions) }
    do throws(WireError) {
      let command = try Prefix(decoding: header).command
      if command == .work {
        return self.workReceived(try WorkHeader(decoding: header), payload: payload, at: now, into: &actions)
      }
      if command == .welcome {
        return self.welcomeReceived(try WelcomeHeader(decoding: header), payload: payload, at: now, into: &actions)
      }
      try self.noticeReceived(command, header, at: now, into: &actions)
    } catch {
      self.counters.malformedUnits += 1
    }
    self.release(payload, into: &actions)
  }

  /// A message came that does not divide into units; its payload is already gone.
  public mutating func malformedMessageReceived() {
    self.counters.malformedUnits += 1
  }

  /// The model is loaded and a warm-up prediction passed.
  public mutating func modelLoaded(_ readiness: Readiness, at now: Instant, into actions: inout UniqueArray<Action>) {
    precondition(self.readiness == nil, "a model is loaded once")
    self.readiness = readiness
    if case .joined = self.state { self.announce(at: now, into: &actions) }
  }

  /// The model cannot be loaded: the worker leaves.
  public mutating func loadFailed(at now: Instant, into actions: inout UniqueArray<Action>) {
    self.finish(.loadFailed, at: now, into: &actions)
  }

  /// SIGTERM or the like: take nothing new, finish, leave; without having finished if that takes too long.
  public mutating func drainRequested(at now: Instant, into actions: inout UniqueArray<Action>) {
    self.drain(at: now, into: &actions)
  }

  /// Time passed. Call it at ``nextDeadline`` at the latest; more often does no harm.
  public mutating func tick(at now: Instant, into actions: inout UniqueArray<Action>) {
    switch self.state {
    case .idle, .finished: break
    case .joining(let until) where now >= until:
      // The wait was the pause. The socket goes too: its connection may be one that only looks alive.
      self.counters.unansweredJoins += 1
      actions.append(.reconnect)
      self.join(at: now, into: &actions)
    case .backingOff(let until) where now >= until:
      self.join(at: now, into: &actions)
    case .joined(let membership) where now >= membership.silentAt:
      self.counters.silences += 1
      self.loseMembership(at: now, into: &actions)
    case .joined where now >= self.drainedBy:
      // GOODBYE gives what is in hand to others.
      self.counters.unfinishedWork += UInt64(self.inHand.count)
      self.finish(.drained, at: now, into: &actions)
    case .joined(let membership) where now >= membership.nextBeat:
      self.beat(membership, at: now, into: &actions)
    case .leaving(let exit, let until) where now >= until:
      self.end(exit, into: &actions)
    case .joining, .backingOff, .joined, .leaving: break
    }
  }

  // MARK: Questions

  /// When ``tick(at:into:)`` has something to do.
  public var nextDeadline: Instant {
    switch self.state {
    case .idle, .finished: .distantFuture
    case .joining(let until), .backingOff(let until), .leaving(_, let until): until
    case .joined(let membership): min(membership.silentAt, membership.nextBeat, self.drainedBy)
    }
  }

  /// Work taken and not yet answered.
  public var inFlight: Int { self.inHand.count }

  /// Whether READY has been said in the present membership.
  public var isReady: Bool {
    if case .joined = self.state { return self.readiness != nil && !self.isDraining }
    return false
  }

  /// Whether the session is over; nothing but releases comes out of it any more.
  public var isFinished: Bool {
    if case .finished = self.state { return true }
    return false
  }

  /// What ``Action/sendJoin`` is to send.
  public var joinHeader: JoinHeader { self.configuration.join }
}
