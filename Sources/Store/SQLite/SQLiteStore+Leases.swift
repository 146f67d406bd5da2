import GRDB
import QueueCore

/// Who may write for a job, and what others ask of it.
extension SQLiteStore {
  /// Counts the job's fence up and gives the runner the lease.
  ///
  /// Throws `notFound`, `finished` or `leased`.
  public func claimJob(
    _ id: JobID, by runner: String, leaseSeconds: Double, at time: Double
  ) async throws(StoreError) -> JobRecord {
    try await self.write { database in
      try Self.change(id, fence: nil, in: database) { job in
        if job.isLeased(toOtherThan: runner, at: time), let lease = job.lease {
          let left = Int((lease.until - time).rounded(.up))
          throw StoreError(
            .leased, "job \(id) is run by '\(lease.runner)', whose lease ends at \(lease.until) (in \(left) s)")
        }
        // A restarted runner of the same name knows that the one before is dead; of another one nobody can.
        if let lease = job.lease, lease.runner != runner { job.wasAbandoned = true }
        job.fence += 1
        job.lease = JobLease(runner: runner, until: time + leaseSeconds)
      }
    }
  }

  /// Gives a job back that its runner does not go on with now.
  ///
  /// Throws `notFound`, `finished` or `fenced`.
  @discardableResult
  public func releaseJob(
    _ id: JobID, fence: UInt64, _ release: JobRelease
  ) async throws(StoreError) -> JobRecord {
    try await self.write { database in
      try Self.change(id, fence: fence, in: database) { job in
        job.lease = nil
        job.rate = JobRate()
        guard job.state != .finalizing else { return }
        switch release {
        case _ where job.pauseRequested: job.rest()
        case .toQueue(let message):
          job.state = .queued
          job.message = message
        case .withoutRoom(let message, let retryAt):
          job.state = .paused
          job.message = message
          job.retryAt = retryAt
        }
      }
    }
  }

  /// Notes what is asked of a job, for its runner to see; a job that nobody runs rests, or goes on, at once.
  ///
  /// Throws `notFound` or `finished`.
  @discardableResult
  public func controlJob(
    _ id: JobID, _ control: JobControl, at time: Double
  ) async throws(StoreError) -> JobRecord {
    try await self.write { database in
      try Self.change(id, fence: nil, in: database) { job in
        switch control {
        case .cancel: job.cancelRequested = true
        case .pause:
          job.pauseRequested = true
          guard !job.isLeased(toOtherThan: nil, at: time), job.state != .finalizing else { return }
          if job.lease != nil {
            job.wasAbandoned = true
            job.fence += 1
          }
          job.lease = nil
          job.rest()
        case .resume:
          job.pauseRequested = false
          job.retryAt = nil
          guard job.state == .paused else { return }
          job.state = .queued
          job.message = nil
        }
      }
    }
  }

  /// Says what a job waits for that is queued and run by nobody; else nothing happens.
  public func noteWaiting(_ id: JobID, _ message: String, at time: Double) async throws(StoreError) {
    try await self.write(isSynced: false) { database in
      guard var job = try Self.job(id, in: database), job.state == .queued, job.message != message,
        !job.isLeased(toOtherThan: nil, at: time)
      else { return }
      job.message = message
      try job.save(in: database)
    }
  }

  /// Jobs that nobody runs and that are to be cancelled, to rest, or have expired.
  public func jobsToSettle(at time: Double) async throws(StoreError) -> [JobRecord] {
    try await self.read { database in
      let marks = databaseQuestionMarks(count: JobRecord.State.unfinished.count)
      return try Row.fetchAll(
        database,
        sql: """
          SELECT * FROM job WHERE state IN (\(marks)) AND state <> 'finalizing'
            AND (lease_until IS NULL OR lease_until <= ?)
            AND (cancel_requested OR expires_at <= ? OR (pause_requested AND state <> 'paused'))
          ORDER BY id
          """,
        arguments: Self.unfinishedNames + [time, time]
      ).map(JobRecord.init(row:))
    }
  }
}

extension JobRecord {
  /// Rests by request.
  fileprivate mutating func rest() {
    self.state = .paused
    self.message = "paused by request; \(self.checkpoint.rows) rows are done"
    self.retryAt = nil
  }
}
