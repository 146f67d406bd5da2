public import AuguryClient
import QueueCore
import Store

/// What clients ask.
extension JobService {
  /// Takes a job on, after having looked whether it can succeed. A submission with an idempotency key that is known
  /// gives the job that the first one made.
  ///
  /// Throws ``PredictionError``: `INVALID_ARGUMENT` for a name, path, size or option that is wrong, `NOT_FOUND` for a
  /// model or version that nobody knows, `ALREADY_EXISTS` if the output is there, or another job writes it, and may not
  /// be replaced, or if the key belongs to a different submission, `RESOURCE_EXHAUSTED` if there is no room for the
  /// output.
  public func submit(_ submission: JobSubmission) async throws(PredictionError) -> Job {
    let check = SubmissionCheck(submission, options: self.options)
    let described = try check.described(at: WallClock.seconds)
    if let known = try await self.job(submittedLike: described) { return await self.describe(known) }
    let job = try await self.disk.run { () throws(PredictionError) in try check.withFiles(described) }
    let signature = try await self.expectKnown(model: job.model, version: job.requestedVersion)
    try await self.disk.run { () throws(PredictionError) in
      try SubmissionCheck.checkRows(of: job, signature: signature)
    }
    await self.submissions.enter()
    do throws(PredictionError) {
      let record = try await self.take(job)
      await self.submissions.leave()
      self.told()
      return await self.describe(record)
    } catch {
      await self.submissions.leave()
      throw error
    }
  }

  /// The jobs that are wanted, the latest last.
  ///
  /// Throws ``PredictionError``.
  public func list(_ filter: JobFilter = JobFilter()) async throws(PredictionError) -> [Job] {
    if let limit = filter.limit, limit < 0 {
      throw .invalid("LIMIT", "limit is \(limit), expected 0 or more")
    }
    let query = JobQuery(
      states: filter.states.map { Set($0.compactMap { JobRecord.State(rawValue: $0.rawValue) }) },
      model: filter.model, labels: filter.labels ?? [:], limit: filter.limit)
    let records: [JobRecord]
    do throws(StoreError) {
      records = try await self.store.jobs(matching: query)
    } catch {
      throw PredictionError(error)
    }
    let progress = await self.runner?.progress() ?? [:]
    let notes = await self.runner?.notes ?? [:]
    return records.map { JobDescription(record: $0, progress: progress[$0.id], note: notes[$0.id]).job }
  }

  /// One job as it stands.
  ///
  /// Throws ``PredictionError``, `NOT_FOUND` if there is no such job.
  public func show(_ id: String) async throws(PredictionError) -> Job {
    await self.describe(try await self.job(id))
  }

  /// Gives a job up and returns it as it then stands. What it has written stays, see its message. A job that another
  /// process runs may take until its next look at the store, or if that process is dead until its lease ends.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND` if there is no such job, `FAILED_PRECONDITION` if it is too late.
  public func cancel(_ id: String) async throws(PredictionError) -> Job {
    let job = try await self.job(id)
    if job.state == .cancelled { return await self.describe(job) }
    try Self.expectOpen(job, "cancelled")
    let asked = try await self.control(job.id, .cancel)
    if asked?.isLeased(toOtherThan: nil, at: WallClock.seconds) == false, let asked {
      do throws(StoreError) {
        try await self.settle(asked)
      } catch {
        throw PredictionError(error)
      }
    }
    let ended = try await self.waited(for: job.id) { $0.state.isFinal }
    if ended.state != .cancelled, ended.state.isFinal { try Self.expectOpen(ended, "cancelled") }
    return await self.describe(ended)
  }

  /// Lets a job rest until it is resumed, after a checkpoint, and returns it as it then stands.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND` if there is no such job, `FAILED_PRECONDITION` if it is too late.
  public func pause(_ id: String) async throws(PredictionError) -> Job {
    let job = try await self.job(id)
    try Self.expectOpen(job, "paused")
    _ = try await self.control(job.id, .pause)
    let rested = try await self.waited(for: job.id) { $0.state == .paused || $0.state.isFinal || !$0.pauseRequested }
    if rested.state.isFinal { try Self.expectOpen(rested, "paused") }
    return await self.describe(rested)
  }

  /// Lets a job go on that rests, whether by request or for want of room on the disk; nothing happens to others.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND` if there is no such job, `FAILED_PRECONDITION` if it has ended.
  public func resume(_ id: String) async throws(PredictionError) -> Job {
    let job = try await self.job(id)
    try Self.expectOpen(job, "resumed")
    if job.state == .paused || job.pauseRequested { _ = try await self.control(job.id, .resume) }
    return await self.describe(try await self.job(id))
  }

  /// Forgets a job that has ended, and returns it as it was. Its files stay.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND` if there is no such job, `FAILED_PRECONDITION` if it has not ended.
  public func delete(_ id: String) async throws(PredictionError) -> Job {
    let job = try await self.job(id)
    do throws(StoreError) {
      let deleted = try await self.store.deleteJob(job.id)
      self.told()
      return await self.describe(deleted)
    } catch {
      throw PredictionError(error)
    }
  }

  // MARK: Helpers of the above

  private func take(_ job: NewJob) async throws(PredictionError) -> JobRecord {
    // Again, now that nobody else can make one.
    if let known = try await self.job(submittedLike: job) { return known }
    try await self.expectUnclaimed([job.output, job.errors])
    return try await self.insert(job)
  }

  func insert(_ job: NewJob) async throws(PredictionError) -> JobRecord {
    do throws(StoreError) {
      return try await self.store.insertJob(job)
    } catch {
      throw PredictionError(error)
    }
  }

  func job(_ text: String) async throws(PredictionError) -> JobRecord {
    do throws(StoreError) {
      if let id = JobID(text), let job = try await self.store.job(id) { return job }
    } catch {
      throw PredictionError(error)
    }
    throw PredictionError(.notFound, reason: "UNKNOWN_JOB", message: "there is no job \"\(text)\"")
  }

  /// Asks it of a job; nil if the job has just ended.
  private func control(_ id: JobID, _ control: JobControl) async throws(PredictionError) -> JobRecord? {
    do throws(StoreError) {
      let job = try await self.store.controlJob(id, control, at: WallClock.seconds)
      self.told()
      return job
    } catch {
      guard error.code == .finished else { throw PredictionError(error) }
      return nil
    }
  }

  /// The job, once it is as it should be, or once its runner has been waited for in vain.
  private func waited(
    for id: JobID, _ isReached: (JobRecord) -> Bool
  ) async throws(PredictionError) -> JobRecord {
    let deadline = ContinuousClock.now + .seconds(3)
    while true {
      let record = try await self.job(id.description)
      if isReached(record) || ContinuousClock.now > deadline { return record }
      if await self.runner?.active[id] != nil {
        await self.runner?.runEnded(id)
      } else {
        try? await Task.sleep(for: .milliseconds(20))
      }
    }
  }

  private static func expectOpen(_ job: JobRecord, _ what: String) throws(PredictionError) {
    guard job.state == .finalizing || job.state.isFinal else { return }
    throw PredictionError(
      .failedPrecondition, reason: "TOO_LATE",
      message: "job \(job.id) cannot be \(what), it is \(job.state.rawValue) already")
  }

  /// A record with what is known of its run.
  func describe(_ record: JobRecord) async -> Job {
    let progress = await self.runner?.progress()[record.id]
    let note = await self.runner?.notes[record.id]
    return JobDescription(record: record, progress: progress, note: note).job
  }
}
