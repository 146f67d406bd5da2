import DequeModule
import QueueCore
import ZeroMQ

/// Requests on their way from the I/O thread to the compute threads.
///
/// The I/O thread puts in and takes cancelled ones out; a free compute thread asks for what to do next and gets what
/// ``BatchPolicy`` decides.
final class ComputeQueue: @unchecked Sendable {
  /// What a compute thread is to do.
  enum Assignment {
    /// Run these interactive requests, together as far as they fit.
    case batch([ComputeJob])
    /// Run this bulk request, slice by slice.
    case bulk(ComputeJob)
  }

  // Everything below is read and written with the condition's lock held.
  private let condition = Condition()
  private var policy: BatchPolicy
  private var interactive = Deque<ComputeJob>()
  private var bulk = Deque<ComputeJob>()
  /// Bulk requests given up while they run; their thread looks here between slices.
  private var abandoned: Set<WorkerSession.Ticket> = []
  private var running: Set<WorkerSession.Ticket> = []
  private var isClosed = false

  init(policy: BatchPolicy) {
    self.policy = policy
  }

  // MARK: The I/O thread

  /// Puts requests behind those that wait.
  func put(_ jobs: [ComputeJob]) {
    guard !jobs.isEmpty else { return }
    self.condition.withLock {
      for job in jobs {
        switch job.work.requestClass.lane {
        case .interactive: self.interactive.append(job)
        case .bulk: self.bulk.append(job)
        }
      }
      self.condition.signal()
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

  /// Requests that wait for a compute thread.
  var count: Int {
    self.condition.withLock { self.interactive.count + self.bulk.count }
  }

  /// Sends the compute threads home after what they are doing.
  func close() {
    self.condition.withLock {
      self.isClosed = true
      self.condition.broadcast()
    }
  }

  // MARK: Compute threads

  /// Waits for something to do; nil once the queue is closed.
  func take() -> Assignment? {
    self.condition.withLock {
      while !self.isClosed {
        switch self.decide(bulkWaits: !self.bulk.isEmpty) {
        case .idle: self.condition.wait()
        case .wait(let until): self.condition.wait(untilNanoseconds: until.nanoseconds)
        case .runBatch(let count): return .batch(self.removeInteractive(count))
        case .runBulk:
          let job = self.bulk.removeFirst()
          self.running.insert(job.work.ticket)
          self.passOn()
          return .bulk(job)
        }
      }
      return nil
    }
  }

  /// Interactive requests that come before the next slice of a bulk request; none if it is the slice's turn.
  func takeBetweenSlices() -> [ComputeJob] {
    self.condition.withLock {
      guard !self.isClosed, case .runBatch(let count) = self.decide(bulkWaits: true) else { return [] }
      return self.removeInteractive(count)
    }
  }

  /// Puts requests of a batch that did not fit into one engine call back to the front, in their order.
  func putBack(_ jobs: [ComputeJob]) {
    guard !jobs.isEmpty else { return }
    self.condition.withLock {
      self.interactive.prepend(contentsOf: jobs)
      self.condition.signal()
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

  private func decide(bulkWaits: Bool) -> BatchPolicy.Decision {
    let now = Instant(nanoseconds: MonotonicClock.nanoseconds)
    return self.policy.next(interactive: self.interactive.lazy.map(\.waiting), bulkWaits: bulkWaits, at: now)
  }

  private func removeInteractive(_ count: Int) -> [ComputeJob] {
    let jobs = Array(self.interactive.prefix(count))
    self.interactive.removeFirst(count)
    self.passOn()
    return jobs
  }

  /// What is left may be something for the next thread: requests put in together wake only one.
  private func passOn() {
    if !self.interactive.isEmpty || !self.bulk.isEmpty { self.condition.signal() }
  }
}
