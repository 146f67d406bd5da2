/// How one try to tell of a job's end went.
public enum HookResult: Hashable, Sendable {
  /// It was taken.
  case delivered
  /// It was not, and trying again may help.
  case failed(reason: String)
  /// It was not, and trying again cannot help.
  case refused(reason: String)

  /// What an HTTP status says: 2xx is taken; time-outs, too many requests and failures of the server may pass; all
  /// else, redirections among them, is an answer for good.
  public init(httpStatus: Int) {
    switch httpStatus {
    case 200..<300: self = .delivered
    case 300..<400:
      self = .refused(reason: "HTTP status \(httpStatus): a redirection, which is not followed")
    case 408, 425, 429, 500..<600: self = .failed(reason: "HTTP status \(httpStatus)")
    default: self = .refused(reason: "HTTP status \(httpStatus)")
    }
  }
}

/// How often the end of a job is told, and how long the pauses in between are.
public struct HookPolicy: Hashable, Sendable {
  /// Tries in all.
  public var attempts = 6
  /// The pause after the first failure; it doubles with each further one.
  public var firstPauseMilliseconds: UInt64 = 1000
  /// The longest pause.
  public var lastPauseMilliseconds: UInt64 = 60_000
  /// Tries that are under way at once.
  public var concurrency = 8

  /// The defaults: six tries over about half a minute.
  public init() {}

  /// The pause after so many failures, from 1, or nil if it is to be given up. Up to a quarter of it is random, so that
  /// those who failed together do not come back together.
  public func pauseMilliseconds(
    afterFailures failures: Int, using generator: inout some RandomNumberGenerator
  ) -> UInt64? {
    guard failures < self.attempts else { return nil }
    let doublings = UInt64(min(max(failures - 1, 0), 40))
    let (grown, overflow) = self.firstPauseMilliseconds.multipliedReportingOverflow(by: 1 << doublings)
    let pause = overflow ? self.lastPauseMilliseconds : min(grown, self.lastPauseMilliseconds)
    return pause - UInt64.random(in: 0...pause / 4, using: &generator)
  }
}
