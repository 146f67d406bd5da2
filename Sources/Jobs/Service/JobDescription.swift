import AuguryClient
import QueueCore
import Store

/// A job as clients see it: its record, and what is known of a run in this process.
struct JobDescription {
  let record: JobRecord
  /// How far the run is; nil if the job does not run here.
  let progress: JobProgress?
  /// What kept the run before from going on, if that could not be stored.
  let note: RunEnd?

  var job: Job {
    let isLive = !self.record.state.isFinal
    let settings = self.record.job
    let options = settings.options
    let progress = isLive ? self.progress : nil
    let checkpoint = progress?.checkpoint ?? self.record.checkpoint
    let contributions = progress?.contributions ?? self.record.contributions
    let total = settings.inputFingerprint.size
    let bytesDone = progress?.bytesDone ?? self.record.bytesDone
    var job = Job(
      id: self.record.id.description, model: settings.model, version: self.record.version ?? settings.requestedVersion,
      digest: self.record.digest, input: settings.input, output: settings.output, errors: settings.errors,
      state: self.state, message: self.message, batchSize: settings.batchSize,
      rowsDone: Int(clamping: checkpoint.rows), rowsFailed: Int(clamping: checkpoint.failedRows),
      bytesDone: Int(clamping: bytesDone), bytesTotal: Int(clamping: total),
      createdAt: settings.createdAt, startedAt: self.record.startedAt, finishedAt: self.record.finishedAt)
    let rate = self.rate
    job.rowsPerSecond = rate.rowsPerSecond
    if isLive, rate.bytesPerSecond > 0 {
      job.etaSeconds = Double(total - min(total, bytesDone)) / rate.bytesPerSecond
    }
    job.inputFormat = options.rows.inputFormat.rawValue
    job.outputFormat = options.rows.outputFormat.rawValue
    job.priority = options.priority
    job.finishBy = options.finishBy
    job.isLate = options.finishBy == nil ? nil : self.record.isLate
    job.expiresAt = options.expiresAt
    job.labels = options.labels.isEmpty ? nil : options.labels
    job.runner = isLive ? self.record.lease?.runner : nil
    job.attempt = self.record.attempt
    job.rowsByWorker = contributions.workers.mapValues { Int(clamping: $0) }
    job.rowsByVersion = contributions.versions.mapValues { Int(clamping: $0) }
    job.retryOf = options.retryOf.map(String.init)
    return job
  }

  private var state: Job.State {
    if case .withoutRoom = self.note, !self.record.state.isFinal, self.progress == nil { return .paused }
    return Job.State(self.record.state)
  }

  private var message: String? {
    guard !self.record.state.isFinal else { return self.record.message }
    if let progress = self.progress { return progress.message }
    switch self.note {
    case .suspended(let reason), .withoutRoom(let reason), .failed(let reason): return reason
    default: break
    }
    guard let runner = self.silentRunner else { return self.record.message }
    return "waiting for a runner: '\(runner)' is dead or cannot write to the store, its lease has ended"
  }

  /// The process that should be at work on the job, if it has not renewed its lease in time and nobody has taken over.
  private var silentRunner: String? {
    guard !self.record.state.isFinal, self.progress == nil, let lease = self.record.lease else { return nil }
    return self.record.isLeased(toOtherThan: nil, at: WallClock.seconds) ? nil : lease.runner
  }

  /// Of a job that has ended, over its whole life.
  private var rate: JobRate {
    guard self.silentRunner == nil else { return JobRate() }
    if !self.record.state.isFinal { return self.progress?.rate ?? self.record.rate }
    guard let startedAt = self.record.startedAt, let finishedAt = self.record.finishedAt, finishedAt > startedAt
    else { return JobRate() }
    return JobRate(rowsPerSecond: Double(self.record.checkpoint.rows) / (finishedAt - startedAt))
  }
}
