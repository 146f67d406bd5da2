/// Where the cluster remembers what must outlive a process: batch jobs and the model versions that have been seen.
///
/// Every call is one transaction: when it returns, what it did is on disk; when it throws, it did nothing. Calls may
/// come from any task, and from several processes. Times are in seconds since 1970.
public protocol MetadataStore: Sendable {
  /// Remembers a new job, queued, and gives it its number. If there is one with its idempotency key, that one is
  /// returned instead and nothing changes.
  func insertJob(_ job: NewJob) async throws(StoreError) -> JobRecord

  /// The job of this number, or nil.
  func job(_ id: JobID) async throws(StoreError) -> JobRecord?

  /// The job with this idempotency key, or nil.
  func job(withKey key: String) async throws(StoreError) -> JobRecord?

  /// The jobs that are wanted, in the order of their submission.
  func jobs(matching query: JobQuery) async throws(StoreError) -> [JobRecord]

  /// Makes a runner the one that may write for the job until its lease ends: counts the fence up, so that whoever
  /// claimed it before is turned away from now on.
  ///
  /// Throws `notFound`, `finished`, or `leased` if another runner has it.
  func claimJob(
    _ id: JobID, by runner: String, leaseSeconds: Double, at time: Double
  ) async throws(StoreError) -> JobRecord

  /// Changes a job, all or nothing; what comes of it is an event for ``jobEvents(after:limit:)``. Without sync, the
  /// change is there at once for everybody, but may be lost with the power.
  ///
  /// Throws `notFound`, `finished` for a job that has ended, or, if a fence is given, `fenced` if it is not the job's.
  @discardableResult
  func updateJob(
    _ id: JobID, fence: UInt64?, _ update: JobUpdate, isSynced: Bool
  ) async throws(StoreError) -> JobRecord

  /// Gives a job back that its runner does not go on with now. What was asked of it meanwhile decides its state.
  ///
  /// Throws `notFound`, `finished` or `fenced`.
  @discardableResult
  func releaseJob(_ id: JobID, fence: UInt64, _ release: JobRelease) async throws(StoreError) -> JobRecord

  /// Notes what is asked of a job, for its runner to see; a job that nobody runs rests, or goes on, at once.
  ///
  /// Throws `notFound` or `finished`.
  @discardableResult
  func controlJob(_ id: JobID, _ control: JobControl, at time: Double) async throws(StoreError) -> JobRecord

  /// Says what a job waits for that is queued and run by nobody; else nothing happens.
  func noteWaiting(_ id: JobID, _ message: String, at time: Double) async throws(StoreError)

  /// Jobs that nobody runs and that are to be cancelled, to rest, or have expired.
  func jobsToSettle(at time: Double) async throws(StoreError) -> [JobRecord]

  /// The unfinished jobs, and the one that last succeeded, among those that predict the failed rows of this one again.
  func retries(of id: JobID) async throws(StoreError) -> [JobRecord]

  /// Forgets a job that has ended and returns it as it was.
  ///
  /// Throws `notFound`, or `unfinished` for a job that has not ended or whose failed rows another one is at.
  func deleteJob(_ id: JobID) async throws(StoreError) -> JobRecord

  /// Forgets the jobs whose time of remembrance is over, and says which they were.
  func purgeJobs(at time: Double, defaultRetentionSeconds: Double) async throws(StoreError) -> [JobID]

  /// What happened to jobs after an event, in its order, at most so much of it.
  func jobEvents(after sequence: Int64, limit: Int) async throws(StoreError) -> [JobEventRecord]

  /// The sequence number of the latest event; 0 if there is none.
  func latestJobEvent() async throws(StoreError) -> Int64

  /// Jobs that have ended and whose word about it is to be sent, in the order of submission.
  func jobsAwaitingNotification(limit: Int) async throws(StoreError) -> [JobRecord]

  /// Remembers what became of the word about a job's end.
  ///
  /// Throws `notFound`.
  func recordNotification(_ id: JobID, _ notification: JobRecord.Notification) async throws(StoreError)

  /// Remembers that a version of a model was seen; what was known of it is replaced, but for when it was first seen.
  func recordVersion(_ version: ModelVersionRecord) async throws(StoreError)

  /// All versions ever seen, by model and version.
  func versions() async throws(StoreError) -> [ModelVersionRecord]
}

extension MetadataStore {
  /// The job of this number.
  ///
  /// Throws `notFound`.
  public func existingJob(_ id: JobID) async throws(StoreError) -> JobRecord {
    guard let job = try await self.job(id) else { throw .noJob(id) }
    return job
  }

  /// The jobs in these states, in the order of their submission; all jobs for nil.
  public func jobs(in states: Set<JobRecord.State>?) async throws(StoreError) -> [JobRecord] {
    try await self.jobs(matching: JobQuery(states: states))
  }

  /// Changes a job, all or nothing, and durably.
  ///
  /// Throws `notFound`, `finished` for a job that has ended, or, if a fence is given, `fenced` if it is not the job's.
  @discardableResult
  public func updateJob(
    _ id: JobID, fence: UInt64?, _ update: JobUpdate
  ) async throws(StoreError) -> JobRecord {
    try await self.updateJob(id, fence: fence, update, isSynced: true)
  }
}

extension StoreError {
  static func noJob(_ id: JobID) -> StoreError {
    StoreError(.notFound, "there is no job \(id)")
  }
}
