public import AuguryClient
import Glibc
import QueueCore
import Store
import ZeroMQ

/// What clients ask.
extension JobService {
  /// Takes a job on, after having looked whether it can succeed.
  ///
  /// Throws ``PredictionError``: `INVALID_ARGUMENT` for a name, path or size that is wrong, `NOT_FOUND` for a model or
  /// version that nobody knows, `ALREADY_EXISTS` if the output is there, or another job writes it, and may not be
  /// replaced.
  public func submit(_ submission: JobSubmission) async throws(PredictionError) -> Job {
    let check = SubmissionCheck(submission, options: self.options)
    let job = try await self.disk.run { () throws(PredictionError) in try check.newJob(at: Self.unixSeconds) }
    let paths: Set<String> = [job.output, job.errors]
    guard self.claimedPaths.isDisjoint(with: paths) else { throw .outputInUse(job.output, by: "another job") }
    self.claimedPaths.formUnion(paths)
    defer { self.claimedPaths.subtract(paths) }
    try await self.expectUnclaimed(paths)
    try await self.expectKnown(model: job.model, version: job.requestedVersion)
    do throws(StoreError) {
      let record = try await self.store.insertJob(job)
      self.enqueue(record.id)
      return self.describe(record)
    } catch {
      throw PredictionError(error)
    }
  }

  /// Every job the store remembers, the latest last.
  ///
  /// Throws ``PredictionError``.
  public func list() async throws(PredictionError) -> [Job] {
    do throws(StoreError) {
      return try await self.store.jobs(in: nil).map(self.describe)
    } catch {
      throw PredictionError(error)
    }
  }

  /// One job as it stands.
  ///
  /// Throws ``PredictionError``, `NOT_FOUND` if there is no such job.
  public func show(_ id: String) async throws(PredictionError) -> Job {
    self.describe(try await self.job(id))
  }

  /// Gives a job up and returns it as it then stands. What it has written stays, see its message.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND` if there is no such job, `FAILED_PRECONDITION` if it is too late.
  public func cancel(_ id: String) async throws(PredictionError) -> Job {
    let job = try await self.job(id)
    if job.state == .cancelled { return self.describe(job) }
    try Self.expectCancellable(job)
    self.cancelling.insert(job.id)
    do throws(StoreError) {
      try await self.store.updateJob(job.id, fence: nil, JobUpdate(cancelRequested: true))
      if let activity = self.active[job.id] {
        activity.run?.stop(.cancel)
        await self.runEnded(job.id)
      } else {
        self.queue.removeAll { $0.id == job.id }
        let claimed = try await self.store.claimJob(job.id)
        _ = try await self.giveUp(job.id, as: .cancelled, fence: claimed.fence, saying: "cancelled")
        self.notes[job.id] = nil
        self.cancelling.remove(job.id)
      }
    } catch {
      self.cancelling.remove(job.id)
      guard error.code == .finished else { throw PredictionError(error) }
    }
    let ended = try await self.job(id)
    if ended.state != .cancelled { try Self.expectCancellable(ended) }
    return self.describe(ended)
  }

  // MARK: Helpers of the above

  private func job(_ text: String) async throws(PredictionError) -> JobRecord {
    do throws(StoreError) {
      if let id = JobID(text), let job = try await self.store.job(id) { return job }
    } catch {
      throw PredictionError(error)
    }
    throw PredictionError(.notFound, reason: "UNKNOWN_JOB", message: "there is no job \"\(text)\"")
  }

  private static func expectCancellable(_ job: JobRecord) throws(PredictionError) {
    switch job.state {
    case .queued, .running, .cancelled: return
    case .finalizing, .succeeded, .failed:
      throw PredictionError(
        .failedPrecondition, reason: "TOO_LATE",
        message: "job \(job.id) cannot be cancelled, it is \(job.state.rawValue) already")
    }
  }

  /// A record with what is known of its run.
  private func describe(_ record: JobRecord) -> Job {
    let progress = self.active[record.id]?.run?.monitor.snapshot
    let isLive = !record.state.isFinal
    // What kept the run before from going on holds until this one has got further.
    let note = progress?.hasAdvanced == true ? nil : self.notes[record.id]
    let checkpoint = isLive ? progress?.checkpoint ?? record.checkpoint : record.checkpoint
    let rates =
      progress?.meter.rates(at: Instant(nanoseconds: MonotonicClock.nanoseconds)) ?? (
        rowsPerSecond: 0, bytesPerSecond: 0
      )
    let total = record.job.inputFingerprint.size
    let bytesDone = isLive ? progress?.bytesDone ?? record.bytesDone : record.bytesDone
    let left = Double(total - min(total, bytesDone))
    return Job(
      id: record.id.description, model: record.job.model, version: record.version ?? record.job.requestedVersion,
      digest: record.digest, input: record.job.input, output: record.job.output, errors: record.job.errors,
      state: Job.State(record.state),
      message: isLive ? progress?.message ?? note : record.message,
      batchSize: record.job.batchSize, rowsDone: Int(clamping: checkpoint.rows),
      rowsFailed: Int(clamping: checkpoint.failedRows), bytesDone: Int(clamping: bytesDone),
      bytesTotal: Int(clamping: total),
      rowsPerSecond: isLive ? rates.rowsPerSecond : Self.meanRate(of: record),
      etaSeconds: isLive && rates.bytesPerSecond > 0 ? left / rates.bytesPerSecond : nil,
      createdAt: record.job.createdAt, startedAt: record.startedAt, finishedAt: record.finishedAt)
  }

  /// The rate of a job that has ended: over its whole life.
  private static func meanRate(of record: JobRecord) -> Double {
    guard let startedAt = record.startedAt, let finishedAt = record.finishedAt, finishedAt > startedAt else { return 0 }
    return Double(record.checkpoint.rows) / (finishedAt - startedAt)
  }

  static var unixSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
