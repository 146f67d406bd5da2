import AuguryClient
import QueueCore
import Store

extension JobService {
  enum Settlement {
    /// This version predicts, and the store says so.
    case version(String, JobRecord)
    /// There is nothing to run now.
    case end(RunEnd)
  }

  /// Settles, once and for all, which version predicts: the one asked for, or the highest that is ready.
  ///
  /// Throws ``StoreError``.
  func settleVersion(of job: JobRecord) async throws(StoreError) -> Settlement {
    if let version = job.version { return .version(version, job) }
    let versions: [ServedVersion]
    do throws(PredictionError) {
      versions = try await self.transport.versions()
    } catch {
      let isFatal = PartFailure(status: error.code.status, isPoison: false) == .fatal
      return .end(isFatal ? .failed("\(error)") : .suspended("waiting: \(error)"))
    }
    let wanted = job.job.requestedVersion
    let ready = versions.filter { version in
      version.isReady && version.model == job.job.model && (wanted == nil || version.version == wanted)
    }
    guard let chosen = ready.max(by: { Names.versionPrecedes($0.version, $1.version) }) else {
      let name = wanted.map { "\(job.job.model)@\($0)" } ?? job.job.model
      return .end(.suspended("waiting for a worker that serves \(name)"))
    }
    let record = try await self.store.updateJob(
      job.id, fence: job.fence,
      JobUpdate(
        state: .running, message: JobUpdate.Message.none, version: chosen.version, digest: chosen.digest,
        startedAt: Self.unixSeconds))
    return .version(chosen.version, record)
  }

  /// Writes down how a run ended, and leaves the files of a job that ended early as they should be. Nil if there is
  /// nothing to write down.
  ///
  /// Throws ``StoreError``.
  func record(_ end: RunEnd, of id: JobID, fence: UInt64?) async throws(StoreError) -> JobRecord? {
    switch end {
    case .succeeded:
      return try await self.store.updateJob(
        id, fence: fence,
        JobUpdate(state: .succeeded, message: JobUpdate.Message.none, finishedAt: Self.unixSeconds))
    case .failed(let reason): return try await self.giveUp(id, as: .failed, fence: fence, saying: reason)
    case .stopped(.cancel): return try await self.giveUp(id, as: .cancelled, fence: fence, saying: "cancelled")
    case .stopped(.shutdown), .suspended, .fenced: return nil
    }
  }

  /// Ends a job early.
  ///
  /// Throws ``StoreError``.
  func giveUp(
    _ id: JobID, as state: JobRecord.State, fence: UInt64?, saying reason: String
  ) async throws(StoreError) -> JobRecord {
    let job = try await self.store.existingJob(id)
    var message = reason
    do throws(FileError) {
      try await self.disk.run { () throws(FileError) in
        try PartialFiles.leave(of: job.job, at: job.checkpoint)
      }
      message += Self.whereabouts(of: job)
    } catch {
      message += "; what it wrote could not be put in order: \(error)"
    }
    return try await self.store.updateJob(
      id, fence: fence, JobUpdate(state: state, message: .some(message), finishedAt: Self.unixSeconds))
  }

  private static func whereabouts(of job: JobRecord) -> String {
    let checkpoint = job.checkpoint
    guard checkpoint.rows > 0 else { return "; no row was written" }
    var places: [String] = []
    if checkpoint.predictedRows > 0 {
      places.append("\(checkpoint.predictedRows) predictions in '\(Paths.partial(job.job.output))'")
    }
    if checkpoint.failedRows > 0 {
      places.append("\(checkpoint.failedRows) errors in '\(Paths.partial(job.job.errors))'")
    }
    return "; the first \(checkpoint.rows) rows are complete: " + places.joined(separator: ", ")
  }
}
