import AuguryClient
import Logging
import QueueCore
import Store

/// Which job is next.
extension JobRunner {
  /// Room below which a job that found none is not worth another try.
  private static let leastRoom: UInt64 = 64 << 10

  func decide(in group: inout DiscardingTaskGroup) async {
    guard !self.isStopping else { return }
    let now = ContinuousClock.now
    let time = WallClock.seconds
    var ready: [JobSchedule.Rank] = []
    for candidate in self.queue.values where candidate.notBefore <= now {
      let record = candidate.record
      guard self.mayRun(record, at: time) else { continue }
      if record.state == .paused, await !self.hasRoom(for: record) {
        self.queue[record.id]?.notBefore = now + self.options.roomInterval
        continue
      }
      switch self.obstacle(for: record) {
      case .none: ready.append(Self.rank(of: record))
      case .some(nil): break
      case .some(let message?): await self.note(message, on: record, at: time)
      }
    }
    let running = self.active.values.map { activity in
      JobSchedule.Running(
        rank: Self.rank(of: activity.record),
        isStalled: activity.run?.monitor.isStalled(for: self.options.patience) ?? false,
        isStopping: activity.stop != nil)
    }
    for decision in JobSchedule.decide(ready: ready, running: running, slots: self.options.maxRunning) {
      switch decision {
      case .start(let number): self.start(JobID(number), in: &group)
      case .setBack(let number, let other): self.setBack(JobID(number), inFavourOf: other)
      }
    }
  }

  private func start(_ id: JobID, in group: inout DiscardingTaskGroup) {
    guard let candidate = self.queue.removeValue(forKey: id) else { return }
    self.active[id] = Activity(record: candidate.record)
    group.addTask { await self.conduct(id) }
  }

  private func setBack(_ id: JobID, inFavourOf other: Int64) {
    self.logger.info("job makes room", metadata: ["job": "\(id)", "for": "\(other)"])
    self.active[id]?.stop = .setBack
    self.active[id]?.run?.stop(.setBack)
  }

  /// Whether the job is one that this runner may take up. What is to end, or to rest, is the service's affair.
  private func mayRun(_ record: JobRecord, at time: Double) -> Bool {
    guard !record.isLeased(toOtherThan: self.options.name, at: time) else { return false }
    if record.state == .finalizing { return true }
    if record.pauseRequested || record.cancelRequested { return false }
    if let end = record.job.options.expiresAt, end <= time { return false }
    return record.retryAt.map { $0 <= time } ?? true
  }

  private func hasRoom(for record: JobRecord) async -> Bool {
    let directory = Paths.directory(of: record.job.output)
    return await self.disk.run {
      do throws(FileError) {
        return try Paths.freeBytes(directory) >= Self.leastRoom
      } catch {
        // The run will say what is wrong with it.
        return true
      }
    }
  }

  /// What keeps a job from being begun, in words if there are any: nobody serves its version, or it is not known yet
  /// whether somebody does. Nil for nothing.
  private func obstacle(for record: JobRecord) -> String?? {
    guard record.state != .finalizing else { return nil }
    switch self.served {
    case nil: return .some(nil)
    case .failure(let error):
      let isFatal = PartFailure(status: error.code.status, isPoison: false) == .fatal
      return isFatal ? nil : .some("waiting: \(error)")
    case .success(let versions):
      switch Self.choice(among: versions, for: record) {
      case .version: return nil
      case .wait(let message): return .some(message)
      }
    }
  }

  /// What can predict a job's rows now.
  enum Choice {
    /// This version: the highest, if the job does not care.
    case version(ServedVersion)
    /// Nothing; this is what the job waits for.
    case wait(String)
  }

  /// Chooses what predicts a job's rows: no version but its own, once that is settled, and no other artifact.
  static func choice(among versions: [ServedVersion], for record: JobRecord) -> Choice {
    let wanted = record.version ?? record.job.requestedVersion
    let ready = versions.filter { version in
      version.isReady && version.model == record.job.model && (wanted == nil || version.version == wanted)
    }
    guard let chosen = ready.max(by: { Names.versionPrecedes($0.version, $1.version) }) else {
      return .wait("waiting for a worker that serves \(record.subject)")
    }
    if let digest = record.digest, let found = chosen.digest, digest != found {
      return .wait(record.waitingForArtifact(digest, insteadOf: found, servedBy: nil))
    }
    return .version(chosen)
  }

  private func note(_ message: String, on record: JobRecord, at time: Double) async {
    guard record.message != message, record.state == .queued else { return }
    self.queue[record.id]?.record.message = message
    self.logger.notice("job waits", metadata: ["job": "\(record.id)", "reason": "\(message)"])
    do throws(StoreError) {
      try await self.store.noteWaiting(record.id, message, at: time)
    } catch {
      self.logger.warning("cannot note what a job waits for", metadata: ["reason": "\(error)"])
    }
  }

  private static func rank(of record: JobRecord) -> JobSchedule.Rank {
    JobSchedule.Rank(
      priority: record.job.options.priority, finishBy: record.job.options.finishBy, number: record.id.rawValue)
  }
}

extension JobRecord {
  /// What a job says whose version is another artifact by now.
  func waitingForArtifact(_ digest: String, insteadOf found: String, servedBy worker: String?) -> String {
    "waiting for \(self.subject) with digest \(digest), which the job began with; "
      + (worker.map { "worker \($0) serves" } ?? "its workers serve") + " another artifact, with digest \(found)"
  }

  /// What it needs a worker for.
  var subject: String {
    (self.version ?? self.job.requestedVersion).map { "\(self.job.model)@\($0)" } ?? self.job.model
  }
}
