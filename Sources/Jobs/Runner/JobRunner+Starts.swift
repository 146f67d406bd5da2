import AuguryClient
import Logging
import QueueCore
import Store
import ZeroMQ

/// One job, from its claim to the word about how its run ended.
extension JobRunner {
  func conduct(_ id: JobID) async {
    var claim: JobRecord?
    let end = await self.runJob(id, claim: &claim)
    var failure: RunEnd?
    // A task that is cancelled is a process that dies: nothing is written down, the next runner finds the lease.
    if !Task.isCancelled {
      do throws(StoreError) {
        let record = try await self.record(end, of: claim)
        self.log(end, of: id, record)
      } catch {
        failure = RunEnd(error)
        self.log(failure ?? end, of: id, nil)
      }
    }
    if claim == nil { failure = end }
    await self.ended(id, end, failing: failure == .fenced ? nil : failure)
  }

  private func runJob(_ id: JobID, claim: inout JobRecord?) async -> RunEnd {
    let settled: Settlement
    let lease: HeldLease
    var context = RunContext()
    do throws(StoreError) {
      let renewal = HeldLease.renewal(seconds: self.options.leaseSeconds)
      let claimed = try await self.store.claimJob(
        id, by: self.options.name, leaseSeconds: self.options.leaseSeconds, at: WallClock.seconds)
      claim = claimed
      lease = HeldLease(renewal, seconds: self.options.leaseSeconds)
      if claimed.state != .finalizing {
        if claimed.cancelRequested { return .stopped(.cancel) }
        if claimed.pauseRequested { return .stopped(.pause) }
      }
      if let number = claimed.job.options.retryOf {
        context.parent = try await self.store.job(JobID(number))
        guard context.parent != nil else {
          return .failed("job \(number), whose failed rows it predicts, is not known any more")
        }
      }
      settled = try await self.settleVersion(of: claimed)
      if case .version(let version, _) = settled {
        context.signature = try await self.store.signature(of: claimed.job.model, version)
      }
    } catch {
      return RunEnd(error)
    }
    switch settled {
    case .end(let end): return end
    case .version(let version, let record):
      self.tellChange()
      if self.isStopping { return .stopped(.shutdown) }
      if let stop = self.active[id]?.stop, record.state != .finalizing { return .stopped(stop) }
      return await self.run(record, version: version, context: context, lease: lease)
    }
  }

  private func run(
    _ record: JobRecord, version: String, context: RunContext, lease: HeldLease
  ) async -> RunEnd {
    var logger = self.logger
    logger[metadataKey: "job"] = "\(record.id)"
    let run: JobRun
    do throws(ZMQError) {
      run = try JobRun(
        record, version: version, context: context, limits: self.options.limits, lease: lease, store: self.store,
        transport: self.transport, logger: logger)
    } catch {
      return .suspended("waiting for resources of the system: \(error)")
    }
    self.active[record.id]?.run = run
    logger.info(
      "job runs",
      metadata: [
        "model": "\(record.job.model)", "version": "\(version)", "rows": "\(record.checkpoint.rows)",
        "fence": "\(record.fence)", "attempt": "\(record.attempt)",
      ])
    return await withTaskGroup(of: Void.self) { group in
      group.addTask { await LeaseKeeper(run: run).keep() }
      let end = await run.run()
      group.cancelAll()
      return end
    }
  }

  private enum Settlement {
    /// This version predicts, and the store says so.
    case version(String, JobRecord)
    /// There is nothing to run now.
    case end(RunEnd)
  }

  /// Settles, once and for all, which version predicts: the one asked for, or the highest that is ready; and writes
  /// down that the job runs.
  private func settleVersion(of job: JobRecord) async throws(StoreError) -> Settlement {
    if job.state == .finalizing, let version = job.version { return .version(version, job) }
    if job.version == nil {
      try await self.store.updateJob(job.id, fence: job.fence, JobUpdate(state: .validating), isSynced: false)
    }
    let versions: [ServedVersion]
    do throws(PredictionError) {
      versions = try await self.transport.versions()
    } catch {
      let isFatal = PartFailure(status: error.code.status, isPoison: false) == .fatal
      return .end(isFatal ? .failed("\(error)") : .suspended("waiting: \(error)"))
    }
    let chosen: ServedVersion
    switch Self.choice(among: versions, for: job) {
    case .version(let version): chosen = version
    case .wait(let message): return .end(.suspended(message))
    }
    let record = try await self.store.updateJob(
      job.id, fence: job.fence,
      JobUpdate(
        state: .running, message: JobUpdate.Message.none, attempt: job.attempt + 1, version: chosen.version,
        digest: job.digest ?? chosen.digest, startedAt: job.startedAt ?? WallClock.seconds))
    return .version(chosen.version, record)
  }

  /// Writes down how a run ended, and leaves the files of a job that ended early as they should be. Nil if there is
  /// nothing to write down.
  private func record(_ end: RunEnd, of claim: JobRecord?) async throws(StoreError) -> JobRecord? {
    guard let claim else { return nil }
    let ending = JobEnding(store: self.store, disk: self.disk)
    switch end {
    case .succeeded:
      return try await self.store.updateJob(
        claim.id, fence: claim.fence,
        JobUpdate(state: .succeeded, message: JobUpdate.Message.none, finishedAt: WallClock.seconds))
    case .failed(let reason): return try await ending.giveUp(claim, as: .failed, saying: reason)
    case .stopped(.cancel): return try await ending.giveUp(claim, as: .cancelled, saying: JobEnding.cancelled)
    case .stopped(.expire): return try await ending.giveUp(claim, as: .expired, saying: JobEnding.expired)
    case .stopped(.setBack): return try await self.giveBack(claim, "waiting: jobs of higher priority run")
    case .stopped(.pause): return try await ending.rest(claim)
    case .stopped(.shutdown): return try await self.giveBack(claim, nil)
    case .suspended(let reason): return try await self.giveBack(claim, reason)
    case .withoutRoom(let reason):
      let pause = Double(self.options.roomInterval.components.seconds)
      return try await self.store.releaseJob(
        claim.id, fence: claim.fence, .withoutRoom(message: reason, retryAt: WallClock.seconds + pause))
    case .fenced: return nil
    }
  }

  private func giveBack(_ claim: JobRecord, _ message: String?) async throws(StoreError) -> JobRecord {
    try await self.store.releaseJob(claim.id, fence: claim.fence, .toQueue(message: message))
  }

  private func log(_ end: RunEnd, of id: JobID, _ job: JobRecord?) {
    var metadata: Logger.Metadata = ["job": "\(id)"]
    if let checkpoint = job?.checkpoint {
      metadata["rows"] = "\(checkpoint.rows)"
      metadata["failed"] = "\(checkpoint.failedRows)"
    }
    switch end {
    case .succeeded: self.logger.info("job succeeded", metadata: metadata)
    case .stopped(.cancel): self.logger.info("job cancelled", metadata: metadata)
    case .stopped(.expire): self.logger.info("job expired", metadata: metadata)
    case .stopped(.pause): self.logger.info("job rests", metadata: metadata)
    case .stopped(.setBack), .stopped(.shutdown): self.logger.info("job stopped", metadata: metadata)
    case .fenced: self.logger.warning("job belongs to another runner now", metadata: metadata)
    case .failed(let reason):
      metadata["reason"] = "\(reason)"
      self.logger.error("job failed", metadata: metadata)
    case .suspended(let reason), .withoutRoom(let reason):
      metadata["reason"] = "\(reason)"
      self.logger.notice("job waits", metadata: metadata)
    }
  }
}
