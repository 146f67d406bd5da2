import DequeModule
import QueueCore
import ZeroMQ

/// Requests on their way from the thread that leads to those that compute, and who leads.
///
/// The leader puts in and takes cancelled ones out. It takes a batch of the interactive lane itself if ``Leadership``
/// says so; otherwise a follower gets what ``BatchPolicy`` decides. A free thread of the bulk lane gets the next
/// request of that.
final class ComputeQueue: @unchecked Sendable {
  // Everything below is read and written with the condition's lock held.
  private let condition = Condition()
  private var policy: BatchPolicy
  private var interactive = Deque<ComputeJob>()
  private var bulk = Deque<ComputeJob>()
  /// Bulk requests given up while they run; their thread looks here between slices.
  private var abandoned: Set<WorkerSession.Ticket> = []
  private var running: Set<WorkerSession.Ticket> = []
  private var isClosed = false

  private let leaderMayCompute: Bool
  private var leadership: Leadership
  /// Followers that wait for something to do.
  private var idleFollowers = 0
  /// Whether one of them looks after the leader.
  private var isLeaderWatched = false

  /// `leaderMayCompute` is for a worker with one engine call at a time: several are for several threads.
  init(policy: BatchPolicy, leaderMayCompute: Bool = false, leadership: Leadership = Leadership()) {
    self.policy = policy
    self.leadership = leadership
    self.leaderMayCompute = leaderMayCompute
  }

  // MARK: The leader

  /// Puts requests behind those that wait. Wakes nobody: ``takeAsLeader()`` does.
  func put(_ jobs: [ComputeJob]) {
    guard !jobs.isEmpty else { return }
    self.condition.withLock {
      for job in jobs {
        switch job.work.requestClass.lane {
        case .interactive: self.interactive.append(job)
        case .bulk: self.bulk.append(job)
        }
      }
    }
  }

  /// A batch that the leader computes itself; nil if there is none, and then the others are told to do what waits.
  func takeAsLeader() -> LeaderBatch? {
    self.condition.withLock {
      self.wakeBulk()
      guard !self.interactive.isEmpty else { return nil }
      guard self.leaderMayCompute, self.idleFollowers > 0, self.leadership.batchesAreShort, let jobs = self.nextBatch()
      else {
        self.condition.signal(.interactive)
        return nil
      }
      // Counted before the follower looks, or it would go to sleep again.
      let turn = self.leadership.batchBegins()
      if !self.isLeaderWatched {
        self.isLeaderWatched = true
        self.condition.signal(.interactive)
      }
      return LeaderBatch(jobs: jobs, turn: turn)
    }
  }

  /// The leader has computed a batch of its own; what did not fit into it is put back to the front.
  func leaderEnded(_ batch: LeaderBatch, _ computed: ComputedBatch) -> AfterBatch {
    self.condition.withLock {
      self.noteEnd(of: computed)
      guard self.leadership.batchEnded(of: batch.turn) else {
        self.wakeInteractive()
        return .follows
      }
      return .leads(moreWaits: !self.interactive.isEmpty)
    }
  }

  /// Gives a request up. True if it was waiting: then it is out of the queue and the caller answers it. Otherwise the
  /// compute thread that has it will.
  func cancel(_ ticket: WorkerSession.Ticket) -> Bool {
    self.condition.withLock {
      if let index = self.interactive.firstIndex(where: { $0.work.ticket == ticket }) {
        self.interactive.remove(at: index)
        return true
      }
      if let index = self.bulk.firstIndex(where: { $0.work.ticket == ticket }) {
        self.bulk.remove(at: index)
        return true
      }
      if self.running.contains(ticket) { self.abandoned.insert(ticket) }
      return false
    }
  }

  /// Takes out everything that waits, in no particular order of lanes.
  func takeWaiting() -> [ComputeJob] {
    self.condition.withLock {
      defer {
        self.interactive.removeAll()
        self.bulk.removeAll()
      }
      return Array(self.interactive) + Array(self.bulk)
    }
  }

  /// Requests that wait to be computed.
  var count: Int {
    self.condition.withLock { self.interactive.count + self.bulk.count }
  }

  /// Sends the other threads home after what they are doing.
  func close() {
    self.condition.withLock {
      self.isClosed = true
      self.condition.broadcast()
    }
  }

  // MARK: Followers

  /// Followers that wait for something to do.
  var restingFollowers: Int { self.condition.withLock { self.idleFollowers } }

  /// Waits until there is something to do in the interactive lane: a batch, as far as requests fit together, or the
  /// lead, if a batch of the leader's goes on and on.
  func nextTask() -> FollowerTask {
    self.condition.withLock {
      while !self.isClosed {
        let now = Instant(nanoseconds: MonotonicClock.nanoseconds)
        switch self.leadership.leaderComputes ? .idle : self.decision(at: now) {
        case .idle:
          if self.rest(until: .distantFuture, at: now) { return .lead }
        case .wait(let until):
          if self.rest(until: until, at: now) { return .lead }
        case .runBatch(let count):
          let jobs = self.takeFirst(count)
          // The next follower, if there is something left.
          self.wakeInteractive()
          return .batch(jobs)
        }
      }
      return .leave
    }
  }

  /// A follower has computed a batch; what did not fit into it is put back to the front.
  func followerEnded(_ computed: ComputedBatch) {
    self.condition.withLock {
      self.noteEnd(of: computed)
      self.wakeInteractive()
    }
  }

  // MARK: The bulk lane

  /// Waits for a bulk request that is to run, slice by slice; nil once the queue is closed.
  func takeBulk() -> ComputeJob? {
    self.condition.withLock {
      while !self.isClosed {
        guard let job = self.bulk.popFirst() else {
          self.condition.wait(.bulk)
          continue
        }
        self.running.insert(job.work.ticket)
        self.wakeBulk()
        return job
      }
      return nil
    }
  }

  /// Whether a bulk request that runs has been given up.
  func isAbandoned(_ ticket: WorkerSession.Ticket) -> Bool {
    self.condition.withLock { self.abandoned.contains(ticket) }
  }

  /// A bulk request has been answered.
  func bulkEnded(_ ticket: WorkerSession.Ticket) {
    self.condition.withLock {
      self.running.remove(ticket)
      self.abandoned.remove(ticket)
    }
  }

  // MARK: With the lock held

  private func wakeInteractive() {
    if !self.interactive.isEmpty { self.condition.signal(.interactive) }
  }

  private func wakeBulk() {
    if !self.bulk.isEmpty { self.condition.signal(.bulk) }
  }

  private func noteEnd(of computed: ComputedBatch) {
    self.interactive.prepend(contentsOf: computed.leftOver)
    if let nanoseconds = computed.nanoseconds { self.leadership.batchTook(nanoseconds: nanoseconds) }
  }

  private func nextBatch() -> [ComputeJob]? {
    let now = Instant(nanoseconds: MonotonicClock.nanoseconds)
    guard case .runBatch(let count) = self.decision(at: now) else { return nil }
    return self.takeFirst(count)
  }

  private func decision(at now: Instant) -> BatchPolicy.Decision {
    self.policy.next(self.interactive.count, at: now) { self.interactive[$0].waiting }
  }

  private func takeFirst(_ count: Int) -> [ComputeJob] {
    let jobs = Array(self.interactive.prefix(count))
    self.interactive.removeFirst(count)
    return jobs
  }

  /// A follower rests until it is woken or this moment has come, and looks after the leader meanwhile. True if it is to
  /// lead itself.
  private func rest(until end: Instant, at now: Instant) -> Bool {
    let finding = self.leadership.look(at: now)
    var until = end
    switch finding {
    case .takeLead: return true
    case .lookAgain(let next): until = min(end, next)
    case .rest: break
    }
    self.isLeaderWatched = finding != .rest
    self.idleFollowers += 1
    if until == .distantFuture {
      self.condition.wait(.interactive)
    } else {
      self.condition.wait(.interactive, untilNanoseconds: until.nanoseconds)
    }
    self.idleFollowers -= 1
    return false
  }
}

/// Requests that the leader computes itself.
struct LeaderBatch {
  /// The requests, in order.
  var jobs: [ComputeJob]
  /// Which of the leader's turns this is.
  fileprivate(set) var turn: UInt64
}

/// What becomes of a leader that has computed.
enum AfterBatch: Equatable {
  /// It still leads; interactive requests may wait already.
  case leads(moreWaits: Bool)
  /// Another thread leads, and gets the answers through the mailbox.
  case follows
}

/// What a follower is to do.
enum FollowerTask {
  /// Compute these requests together.
  case batch([ComputeJob])
  /// Lead: who has led until now is busy with a batch.
  case lead
  /// Nothing any more.
  case leave
}
