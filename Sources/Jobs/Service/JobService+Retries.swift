public import AuguryClient
import QueueCore
import Store

/// Failed rows that are predicted once more.
extension JobService {
  /// Makes a job that predicts the failed rows of one that has succeeded again and mends its output. If that was done
  /// before, it is the latest such job's output that is mended.
  ///
  /// Throws ``PredictionError``: `NOT_FOUND` if there is no such job; `FAILED_PRECONDITION` if it has not succeeded, if
  /// no row failed, if its failed rows are being predicted already, or if its files are not what it left.
  public func retryFailed(_ id: String) async throws(PredictionError) -> Job {
    let named = try await self.job(id)
    await self.submissions.enter()
    do throws(PredictionError) {
      let job = try await self.retry(of: try await self.latest(of: named))
      let record = try await self.insert(job)
      await self.submissions.leave()
      self.told()
      return await self.describe(record)
    } catch {
      await self.submissions.leave()
      throw error
    }
  }

  /// The job whose output it is by now: the last of those that mended it.
  private func latest(of named: JobRecord) async throws(PredictionError) -> JobRecord {
    var job = named
    while true {
      let retries: [JobRecord]
      do throws(StoreError) {
        retries = try await self.store.retries(of: job.id)
      } catch {
        throw PredictionError(error)
      }
      if let retry = retries.first(where: { !$0.state.isFinal }) {
        throw .notNow("RETRY_UNFINISHED", "job \(retry.id) is at the failed rows of job \(named.id) already")
      }
      guard let next = retries.last else { return job }
      job = next
    }
  }

  private func retry(of parent: JobRecord) async throws(PredictionError) -> NewJob {
    guard parent.state == .succeeded else {
      throw .notNow(
        "NOT_SUCCEEDED", "job \(parent.id) is \(parent.state.rawValue); only a job that has succeeded can be mended")
    }
    guard parent.checkpoint.failedRows > 0 else {
      throw .notNow("NOTHING_TO_RETRY", "no row of job \(parent.id) failed")
    }
    try await self.expectUnclaimed([parent.job.output, parent.job.errors])
    try await self.disk.run { () throws(PredictionError) in try Self.expectFilesAsLeft(by: parent) }
    var job = parent.job
    job.requestedVersion = parent.version ?? parent.job.requestedVersion
    job.overwrite = true
    job.createdAt = WallClock.seconds
    job.options.retryOf = parent.id.rawValue
    // These were about the parent's own run.
    job.options.finishBy = nil
    job.options.expiresAt = nil
    job.options.errorLimit = nil
    job.options.idempotencyKey = nil
    return job
  }

  private static func expectFilesAsLeft(by parent: JobRecord) throws(PredictionError) {
    let job = parent.job
    let found: [(path: String, now: FileFingerprint?)]
    do throws(FileError) {
      found = [
        (job.input, try Paths.status(job.input).map(FileFingerprint.init)),
        (job.output, try Paths.status(job.output).map(FileFingerprint.init)),
        (job.errors, try Paths.status(job.errors).map(FileFingerprint.init)),
      ]
    } catch {
      throw .notNow("FILES_CHANGED", "\(error)")
    }
    let lengths = [job.inputFingerprint.size, parent.checkpoint.outputLength, parent.checkpoint.errorsLength]
    for (file, length) in zip(found, lengths) {
      guard let now = file.now else { throw .notNow("FILES_CHANGED", "'\(file.path)' of job \(parent.id) is gone") }
      guard now.size == length else {
        throw .notNow(
          "FILES_CHANGED", "'\(file.path)' has \(now.size) bytes, but job \(parent.id) had it with \(length)")
      }
    }
    guard found[0].now == job.inputFingerprint else {
      throw .notNow("FILES_CHANGED", "input '\(job.input)' was written to since job \(parent.id) was submitted")
    }
  }
}
