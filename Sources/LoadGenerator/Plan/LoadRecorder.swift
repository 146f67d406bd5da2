public import QueueCore

/// How a request ended, as far as figures go.
public enum LoadOutcome: Hashable, Sendable {
  /// With a prediction.
  case ok
  /// With an answer that is none, of this code: `RESOURCE_EXHAUSTED`, `429`.
  case refused(code: String)
  /// Without an answer, for this reason: `BROKER_SILENT`, `CONNECTION_CLOSED`.
  case failed(reason: String)
}

/// Takes in what becomes of requests and keeps the figures.
///
/// Two questions have two windows. What became of requests, and how long that took, is asked of those that were *due*
/// in the window, whenever they ended. How much was served a second is asked of answers that *came* in it, whenever
/// their requests were due: a server that lags behind answers the rest after the end, and that is no throughput.
public struct LoadRecorder: Sendable {
  /// Later than this a request was not sent in time.
  static let tolerance: UInt64 = 1_000_000

  let window: LoadWindow
  private(set) var okLatencies = LatencyDistribution()
  private(set) var refusals: [String: LatencyDistribution] = [:]
  private(set) var failures: [String: LatencyDistribution] = [:]
  /// How long after it could have gone each request went out.
  private(set) var lags = LatencyDistribution()
  /// How long requests waited for a connection, those that did.
  private(set) var waits = LatencyDistribution()
  /// Predictions that came in each second of the window.
  private(set) var okBySecond: [Int]
  private(set) var examples: [LoadOutcome: String] = [:]
  private(set) var unsent = 0
  /// Requests that went out in the window, whenever they were due.
  private(set) var sentInTime = 0

  /// Begins with nothing.
  public init(window: LoadWindow) {
    self.window = window
    self.okBySecond = Array(repeating: 0, count: max(1, Int(window.seconds.rounded(.up))))
  }

  /// A request went out.
  ///
  /// - Parameters:
  ///   - due: When it was due.
  ///   - ready: Since when there was a connection that could take it.
  ///   - now: When it went.
  public mutating func sent(due: Instant, ready: Instant = .zero, at now: Instant) {
    if self.window.contains(now) { self.sentInTime += 1 }
    guard self.window.contains(due) else { return }
    let possible = max(due, ready)
    self.lags.record(nanoseconds: now.nanoseconds(since: possible))
    if ready > due { self.waits.record(nanoseconds: ready.nanoseconds(since: due)) }
  }

  /// A request that was due then ended now.
  public mutating func ended(due: Instant, at now: Instant, as outcome: LoadOutcome) {
    if outcome == .ok, self.window.contains(now) {
      let second = Int(now.nanoseconds(since: self.window.begin) / 1_000_000_000)
      self.okBySecond[min(second, self.okBySecond.count - 1)] += 1
    }
    guard self.window.contains(due) else { return }
    let latency = now.nanoseconds(since: due)
    switch outcome {
    case .ok: self.okLatencies.record(nanoseconds: latency)
    case .refused(let code): self.refusals[code, default: LatencyDistribution()].record(nanoseconds: latency)
    case .failed(let reason): self.failures[reason, default: LatencyDistribution()].record(nanoseconds: latency)
    }
  }

  /// Whether no message that goes with this outcome is known yet.
  public func lacksExample(of outcome: LoadOutcome) -> Bool {
    outcome != .ok && self.examples[outcome] == nil
  }

  /// Keeps a message that goes with an outcome, the first one.
  public mutating func keepExample(_ message: String, of outcome: LoadOutcome) {
    if self.lacksExample(of: outcome) { self.examples[outcome] = message }
  }

  /// So many requests were due in the window and never went out.
  public mutating func addUnsent(_ count: Int) {
    self.unsent += count
  }
}

extension Instant {
  /// Nanoseconds from `earlier` to here; 0 if `earlier` is in fact later.
  func nanoseconds(since earlier: Instant) -> UInt64 {
    self > earlier ? self.nanoseconds - earlier.nanoseconds : 0
  }
}
