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
      return Self.ready(versions, for: record).isEmpty
        ? .some("waiting for a worker that serves \(record.subject)") : nil
    }
  }

  /// The versions that could predict a job's rows now.
  static func ready(_ versions: [ServedVersion], for record: JobRecord) -> [ServedVersion] {
    let wanted = record.version ?? record.job.requestedVersion
    return versions.filter { version in
      version.isReady && version.model == record.job.model && (wanted == nil || version.version == wanted)
    }
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
  /// What it needs a worker for.
  var subject: String {
    (self.version ?? self.job.requestedVersion).map { "\(self.job.model)@\($0)" } ?? self.job.model
  }
}
