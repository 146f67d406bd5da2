/// Where the cluster remembers what must outlive a process: batch jobs and the model versions that have been seen.
///
/// Every call is one transaction: when it returns, what it did is on disk; when it throws, it did nothing. Calls may
/// come from any task, and from several processes.
public protocol MetadataStore: Sendable {
  /// Remembers a new job, queued, and gives it its number.
  func insertJob(_ job: NewJob) async throws(StoreError) -> JobRecord

  /// The job of this number, or nil.
  func job(_ id: JobID) async throws(StoreError) -> JobRecord?

  /// The jobs in these states, in the order of their submission; all jobs for nil.
  func jobs(in states: Set<JobRecord.State>?) async throws(StoreError) -> [JobRecord]

  /// Makes the caller the one that may write for the job: counts its fence up, so that whoever claimed it before is
  /// turned away from now on.
  ///
  /// Throws `notFound` or `finished`.
  func claimJob(_ id: JobID) async throws(StoreError) -> JobRecord

  /// Changes a job, all or nothing.
  ///
  /// Throws `notFound`, `finished` for a job that has ended, or, if a fence is given, `fenced` if it is not the job's.
  @discardableResult
  func updateJob(_ id: JobID, fence: UInt64?, _ update: JobUpdate) async throws(StoreError) -> JobRecord

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
}

extension StoreError {
  static func noJob(_ id: JobID) -> StoreError {
    StoreError(.notFound, "there is no job \(id)")
  }
}
