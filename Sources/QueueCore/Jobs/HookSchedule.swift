/// Which ends of jobs are to be told when: each is tried until it is taken, refused for good or given up.
public struct HookSchedule: Sendable {
  /// What is to become of one after a try.
  public enum Verdict: Hashable, Sendable {
    /// It is tried again at this time.
    case again(Instant)
    /// It is done with.
    case delivered
    /// It is done with: it was never taken.
    case failed(reason: String)
  }

  private struct Entry {
    var failures = 0
    var due: Instant
    var isUnderWay = false
  }

  private let policy: HookPolicy
  private var generator: SplitMix64
  private var entries: [Int64: Entry] = [:]
  /// The keys of the entries in the order in which they came.
  private var order: [Int64] = []
  /// Tries under way.
  public private(set) var underWay = 0

  /// Knows of no job. The seed decides the random part of the pauses.
  public init(policy: HookPolicy, seed: UInt64) {
    self.policy = policy
    self.generator = SplitMix64(seed: seed)
  }

  /// Jobs whose end is still to be told.
  public var count: Int { self.order.count }

  /// The end of this job is to be told from now on. One that is known already goes on as it is.
  public mutating func add(_ job: Int64, at now: Instant) {
    guard self.entries[job] == nil else { return }
    self.entries[job] = Entry(due: now)
    self.order.append(job)
  }

  /// The job whose end is to be told now, which is under way from here on; nil if none is due, or as many as may be
  /// are under way. The longest due goes first, among equals the one that came first.
  public mutating func next(at now: Instant) -> Int64? {
    guard self.underWay < self.policy.concurrency else { return nil }
    var chosen: (job: Int64, due: Instant)?
    for job in self.order {
      guard let entry = self.entries[job], !entry.isUnderWay, entry.due <= now else { continue }
      if chosen.map({ entry.due < $0.due }) ?? true { chosen = (job, entry.due) }
    }
    guard let chosen else { return nil }
    self.entries[chosen.job]?.isUnderWay = true
    self.underWay += 1
    return chosen.job
  }

  /// A try has ended. Nil if none was under way for the job.
  public mutating func ended(_ job: Int64, _ result: HookResult, at now: Instant) -> Verdict? {
    guard var entry = self.entries[job], entry.isUnderWay else { return nil }
    self.underWay -= 1
    switch result {
    case .delivered:
      self.remove(job)
      return .delivered
    case .refused(let reason):
      self.remove(job)
      return .failed(reason: reason)
    case .failed(let reason):
      entry.failures += 1
      guard let pause = self.policy.pauseMilliseconds(afterFailures: entry.failures, using: &self.generator) else {
        self.remove(job)
        return .failed(reason: "\(reason), \(entry.failures) times")
      }
      entry.isUnderWay = false
      entry.due = now.advanced(byMilliseconds: pause)
      self.entries[job] = entry
      return .again(entry.due)
    }
  }

  /// When the next one is due that is not under way; `distantFuture` if there is none, or as many as may be are.
  public var nextDeadline: Instant {
    guard self.underWay < self.policy.concurrency else { return .distantFuture }
    return self.order.reduce(.distantFuture) { earliest, job in
      guard let entry = self.entries[job], !entry.isUnderWay else { return earliest }
      return min(earliest, entry.due)
    }
  }

  private mutating func remove(_ job: Int64) {
    self.entries[job] = nil
    self.order.removeAll { $0 == job }
  }
}
