import DequeModule
import QueueCore
import ZeroMQ

/// Requests on their way from the I/O thread to the compute threads.
///
/// The I/O thread puts in and takes cancelled ones out; a free compute thread of the interactive lane asks for a batch
/// and gets what ``BatchPolicy`` decides, one of the bulk lane for the next request.
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
      self.passOn()
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

  /// Waits for interactive requests that are to run, together as far as they fit; nil once the queue is closed.
  func takeBatch() -> [ComputeJob]? {
    self.condition.withLock {
      while !self.isClosed {
        let now = Instant(nanoseconds: MonotonicClock.nanoseconds)
        switch self.policy.next(self.interactive.lazy.map(\.waiting), at: now) {
        case .idle: self.condition.wait(.interactive)
        case .wait(let until): self.condition.wait(.interactive, untilNanoseconds: until.nanoseconds)
        case .runBatch(let count):
          let jobs = Array(self.interactive.prefix(count))
          self.interactive.removeFirst(count)
          self.passOn()
          return jobs
        }
      }
      return nil
    }
  }

  /// Waits for a bulk request that is to run, slice by slice; nil once the queue is closed.
  func takeBulk() -> ComputeJob? {
    self.condition.withLock {
      while !self.isClosed {
        guard let job = self.bulk.popFirst() else {
          self.condition.wait(.bulk)
          continue
        }
        self.running.insert(job.work.ticket)
        self.passOn()
        return job
      }
      return nil
    }
  }

  /// Puts requests of a batch that did not fit into one engine call back to the front, in their order.
  func putBack(_ jobs: [ComputeJob]) {
    guard !jobs.isEmpty else { return }
    self.condition.withLock {
      self.interactive.prepend(contentsOf: jobs)
      self.passOn()
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

  /// Wakes a thread of each lane that has something to do; it wakes the next one if something is left.
  private func passOn() {
    if !self.interactive.isEmpty { self.condition.signal(.interactive) }
    if !self.bulk.isEmpty { self.condition.signal(.bulk) }
  }
}
