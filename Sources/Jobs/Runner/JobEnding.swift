import QueueCore
import Store

/// The end of a job that is not complete.
struct JobEnding: Sendable {
  static let cancelled = "cancelled"
  static let expired = "expired: it had not ended by the time it was given"

  let store: any MetadataStore
  let disk: Disk

  /// Ends a claimed job early: leaves its files valid up to its checkpoint, and says in its message where they are.
  ///
  /// Throws ``StoreError``, `fenced` if somebody else has claimed it by now.
  func giveUp(
    _ claim: JobRecord, as state: JobRecord.State, saying reason: String
  ) async throws(StoreError) -> JobRecord {
    let job = try await self.claimed(claim)
    var message = reason
    do throws(FileError) {
      try await self.disk.run { () throws(FileError) in try PartialFiles.leave(of: job) }
      message += Self.whereabouts(of: job)
    } catch {
      message += "; what it wrote could not be put in order: \(error)"
    }
    return try await self.store.updateJob(
      job.id, fence: claim.fence,
      JobUpdate(state: state, message: .some(message), finishedAt: WallClock.seconds))
  }

  /// Lets a claimed job rest: what it has written until then is a valid file.
  ///
  /// Throws ``StoreError``, `fenced` if somebody else has claimed it by now.
  func rest(_ claim: JobRecord) async throws(StoreError) -> JobRecord {
    let job = try await self.claimed(claim)
    var message: String?
    do throws(FileError) {
      try await self.disk.run { () throws(FileError) in try PartialFiles.leave(of: job) }
    } catch {
      message = "what it wrote could not be put in order: \(error)"
    }
    return try await self.store.releaseJob(claim.id, fence: claim.fence, .toQueue(message: message))
  }

  /// The job as it stands, looked at before anything is cut: the files may be another runner's by now.
  private func claimed(_ claim: JobRecord) async throws(StoreError) -> JobRecord {
    let job = try await self.store.existingJob(claim.id)
    guard job.fence == claim.fence else {
      throw StoreError(.fenced, "job \(job.id) was claimed by another runner (fence \(job.fence), not \(claim.fence))")
    }
    return job
  }

  private static func whereabouts(of job: JobRecord) -> String {
    let checkpoint = job.checkpoint
    guard checkpoint.rows > 0 else { return "; no row was written" }
    let names = PartialNames(of: job.job)
    var places: [String] = []
    if checkpoint.predictedRows > 0 {
      places.append("\(checkpoint.predictedRows) predictions in '\(names.output)'")
    }
    if checkpoint.failedRows > 0 {
      places.append("\(checkpoint.failedRows) errors in '\(names.errors)'")
    }
    return "; the first \(checkpoint.rows) rows are complete: " + places.joined(separator: ", ")
  }
}
