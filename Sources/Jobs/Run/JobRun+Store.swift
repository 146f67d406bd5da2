import AuguryClient
import QueueCore
import Store

/// What a run and the store tell each other.
extension JobRun {
  /// Commits a checkpoint with all that belongs to it.
  func commit(
    _ update: JobUpdate, _ checkpoint: JobCheckpoint, then event: JobEvent, in group: inout DiscardingTaskGroup
  ) {
    guard self.breakEnd == nil else { return }
    let contributions = self.ledger.durable
    let job = self.record.job
    var update = update
    update.contributions = contributions
    update.rate = self.monitor.snapshot.rate
    if let time = job.options.finishBy, self.monitor.isLate(for: time, inputBytes: job.inputFingerprint.size) {
      update.isLate = true
    }
    let change = update
    group.addTask { [store, record, lease, happened] in
      let renewal = lease.renewal()
      var change = change
      change.leaseUntil = renewal.until
      do throws(StoreError) {
        let now = try await store.updateJob(
          record.id, fence: record.fence, change, isSynced: job.options.isSynced)
        lease.renewed(renewal)
        happened.yield(.committed(event, checkpoint, contributions, now))
      } catch {
        happened.yield(.broken(.store, RunEnd(error)))
      }
    }
  }

  /// How many failed rows the job may have, for a message.
  var allowedFailures: String {
    switch self.record.job.options.errorLimit {
    case .rows(let rows): ", \(rows) may"
    case .percent(let percent): ", \(percent) % may"
    case nil: ""
    }
  }

  /// The store has extended the lease; this is the job as it stands there.
  nonisolated func leaseWasRenewed(_ record: JobRecord) {
    self.obey(record)
    self.happened.yield(.job(.leaseRenewed(until: self.lease.end)))
  }

  /// Another runner has the job.
  nonisolated func lostClaim() {
    self.happened.yield(.broken(.store, .fenced))
  }

  /// Does what is asked of the job.
  nonisolated func obey(_ record: JobRecord) {
    if record.cancelRequested {
      self.stop(.cancel)
    } else if let time = record.job.options.expiresAt, time <= WallClock.seconds {
      self.stop(.expire)
    } else if record.pauseRequested {
      self.stop(.pause)
    }
  }
}

extension JobErrorLimit {
  init(_ limit: ErrorLimit) {
    switch limit {
    case .rows(let rows): self = .rows(UInt64(clamping: rows))
    case .percent(let percent): self = .percent(percent)
    }
  }
}

extension JobLimits {
  /// The limits of a job whose submitter may have asked for fewer requests on the way, and whose requests may have so
  /// many bytes.
  func limited(to concurrency: Int?, requestBytes: Int) -> JobLimits {
    var limits = self
    limits.requestBytes = min(limits.requestBytes, UInt64(requestBytes))
    guard let concurrency else { return limits }
    limits.maximumWindow = max(1, concurrency)
    limits.minimumWindow = min(limits.minimumWindow, limits.maximumWindow)
    return limits
  }
}
