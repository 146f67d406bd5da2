import AuguryClient
public import Logging
import QueueCore
import Store
import ZeroMQ

/// Tells of the ends of jobs, by a command of the operator and by HTTP POST to where the submitter wants it, at least
/// once each.
///
/// What is still to be told is in the outbox. Should the process die before an outcome is written down, its successor
/// tells again; whoever is told knows a repetition by the job's id.
public actor HookService {
  private enum Wake: Sendable {
    case look
    case stop
  }

  private enum Channel: Hashable {
    case command
    case post
  }

  /// The longest time after which the end of a job is noticed that another process ran, or the store is tried again.
  private static let interval = Duration.seconds(1)

  private let outbox: any HookOutbox
  private let hooks: JobHooks
  private let logger: Logger
  private let wakes: AsyncStream<Wake>
  private let wake: AsyncStream<Wake>.Continuation

  private var schedule: HookSchedule
  private var pending: [JobID: PendingHook] = [:]
  /// Those who have been told already, of jobs whose end somebody else is still to be told.
  private var told: [JobID: Set<Channel>] = [:]
  /// What is not written down yet.
  private var unrecorded: [JobID: HookOutcome] = [:]
  private var isOutboxReadable = true

  /// - Parameters:
  ///   - outbox: What is to be told.
  ///   - hooks: Who is to be told.
  ///   - seed: Decides the random part of the pauses.
  ///   - logger: Where every outcome is told as well.
  public init(outbox: any HookOutbox, hooks: JobHooks, seed: UInt64, logger: Logger) {
    self.outbox = outbox
    self.hooks = hooks
    self.logger = logger
    self.schedule = HookSchedule(policy: hooks.policy, seed: seed)
    (self.wakes, self.wake) = AsyncStream.makeStream()
  }

  /// Says that a job has ended, so that its end need not wait to be noticed. Never blocks.
  public nonisolated func look() {
    self.wake.yield(.look)
  }

  /// Ends ``run()`` soon: what is under way is given up, and told again when the service is next started.
  public nonisolated func stop() {
    self.wake.yield(.stop)
  }

  /// Tells until ``stop()`` or until the task is cancelled. To be called once.
  public func run() async {
    await withDiscardingTaskGroup { group in
      var wakes = self.wakes.makeAsyncIterator()
      var timer: Task<Void, Never>?
      while true {
        await self.settleOutbox()
        while let job = self.schedule.next(at: Self.now) {
          guard let hook = self.pending[JobID(job)] else { continue }
          group.addTask { await self.tell(hook) }
        }
        timer?.cancel()
        timer = self.timer()
        guard await wakes.next(isolation: self) == .look else { break }
      }
      timer?.cancel()
      group.cancelAll()
    }
  }

  // MARK: - The outbox

  /// Writes down what is not written down yet, and reads what is new.
  private func settleOutbox() async {
    do throws(StoreError) {
      for (job, outcome) in self.unrecorded {
        try await self.outbox.recordHook(job, outcome)
        self.unrecorded[job] = nil
      }
      for hook in try await self.outbox.pendingHooks() where self.unrecorded[hook.id] == nil {
        self.pending[hook.id] = hook
        self.schedule.add(hook.id.rawValue, at: Self.now)
      }
      self.isOutboxReadable = true
    } catch {
      // Once, not once a second.
      if self.isOutboxReadable {
        self.logger.error("hooks cannot be read from or written to the store", metadata: ["reason": "\(error)"])
      }
      self.isOutboxReadable = false
    }
  }

  private func timer() -> Task<Void, Never> {
    let due = Duration.microseconds(Int64(clamping: self.schedule.nextDeadline.microseconds(since: Self.now)))
    return Task { [wake] in
      do {
        try await Task.sleep(for: min(Self.interval, due))
        wake.yield(.look)
      } catch {
        // Another timer has taken this one's place.
      }
    }
  }

  // MARK: - One job

  private func tell(_ hook: PendingHook) async {
    let channels = self.channels(of: hook)
    var result = HookResult.delivered
    do throws(PredictionError) {
      let body = try ControlCoding.encode(hook.job)
      for channel in channels where self.told[hook.id]?.contains(channel) != true {
        let one = await self.tell(hook, by: channel, body: body)
        self.log(one, of: hook.id, by: channel)
        if one == .delivered { self.told[hook.id, default: []].insert(channel) }
        result = Self.worse(result, one)
      }
    } catch {
      result = .refused(reason: error.message)
    }
    guard !Task.isCancelled else { return }
    await self.conclude(hook.id, result, hadChannels: !channels.isEmpty)
  }

  private func channels(of hook: PendingHook) -> [Channel] {
    (self.hooks.command == nil ? [] : [.command]) + (hook.notifyURL == nil ? [] : [.post])
  }

  private func tell(_ hook: PendingHook, by channel: Channel, body: [UInt8]) async -> HookResult {
    switch channel {
    case .command:
      guard let path = self.hooks.command else { return .delivered }
      return await HookCommand(path: path, limit: self.hooks.commandLimit).run(hook.job, body: body)
    case .post:
      guard let url = hook.notifyURL else { return .delivered }
      do throws(PredictionError) {
        // What was allowed when the job was submitted need not be so any more.
        try self.hooks.checkNotifyURL(url)
      } catch {
        return .refused(reason: error.message)
      }
      return await HookPost(limit: self.hooks.postLimit).send(body, to: url)
    }
  }

  private func conclude(_ job: JobID, _ result: HookResult, hadChannels: Bool) async {
    let outcome: HookOutcome
    switch self.schedule.ended(job.rawValue, result, at: Self.now) {
    case .again, nil:
      self.wake.yield(.look)
      return
    case .delivered: outcome = hadChannels ? .delivered : .nobodyToTell
    case .failed(let reason): outcome = .failed(reason: reason)
    }
    self.pending[job] = nil
    self.told[job] = nil
    if case .failed(let reason) = outcome {
      self.logger.error("the end of a job could not be told", metadata: ["job": "\(job)", "reason": "\(reason)"])
    }
    self.unrecorded[job] = outcome
    self.wake.yield(.look)
  }

  /// What is to become of a job of which one was told like this and another like that: as long as trying again may help
  /// somebody, it is tried.
  private static func worse(_ one: HookResult, _ other: HookResult) -> HookResult {
    switch (one, other) {
    case (.delivered, _): other
    case (_, .delivered), (.failed, _): one
    case (.refused, .failed): other
    case (.refused(let reason), .refused(let otherReason)): .refused(reason: "\(reason); \(otherReason)")
    }
  }

  private func log(_ result: HookResult, of job: JobID, by channel: Channel) {
    let metadata: Logger.Metadata = ["job": "\(job)", "hook": "\(channel)"]
    switch result {
    case .delivered: self.logger.info("the end of a job is told", metadata: metadata)
    case .failed(let reason), .refused(let reason):
      self.logger.warning("the end of a job is not told", metadata: metadata.merging(["reason": "\(reason)"]) { $1 })
    }
  }

  private static var now: Instant { Instant(nanoseconds: MonotonicClock.nanoseconds) }
}
