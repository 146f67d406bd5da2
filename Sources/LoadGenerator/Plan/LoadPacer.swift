public import QueueCore

/// Decides when the next request goes out, by a plan and what has ended so far.
public struct LoadPacer: Sendable {
  /// The time that counts; no request is due after it.
  public let window: LoadWindow
  /// The last moment for requests that were due in time, so that those due just before the end still go.
  private let lastSend: Instant

  private enum State {
    case open(ArrivalSchedule)
    case closed(free: Int)
  }

  private var state: State

  /// Begins a plan.
  public init(_ plan: LoadPlan, from start: Instant) {
    self.window = LoadWindow(plan, from: start)
    self.lastSend = self.window.end.advanced(byNanoseconds: LoadRecorder.tolerance)
    switch plan.pacing {
    case .open(let perSecond, let arrivals):
      self.state = .open(
        ArrivalSchedule(perSecond: perSecond, arrivals: arrivals, seed: plan.seed, start: start))
    case .closed(let outstanding):
      precondition(outstanding > 0, "a closed loop needs a request to go round")
      self.state = .closed(free: outstanding)
    }
  }

  /// When ``take(at:)`` has something to give: `distantFuture` if only the end of a request can bring that about, or
  /// nothing any more.
  public var nextDue: Instant {
    switch self.state {
    case .open(let schedule): schedule.next < self.window.end ? schedule.next : .distantFuture
    case .closed(let free): free > 0 ? .zero : .distantFuture
    }
  }

  /// Takes the next request if one is due: when it was, which is now in a closed loop.
  public mutating func take(at now: Instant) -> Instant? {
    switch self.state {
    case .open(var schedule):
      let due = schedule.next
      guard due <= now, due < self.window.end, now < self.lastSend else { return nil }
      schedule.advance()
      self.state = .open(schedule)
      return due
    case .closed(let free):
      guard free > 0, now < self.window.end else { return nil }
      self.state = .closed(free: free - 1)
      return now
    }
  }

  /// Whether nothing is to go out any more.
  public func isOver(at now: Instant) -> Bool {
    if case .open(let schedule) = self.state, schedule.next < self.window.end { return now >= self.lastSend }
    return now >= self.window.end
  }

  /// A request has ended, however it did.
  public mutating func ended() {
    guard case .closed(let free) = self.state else { return }
    self.state = .closed(free: free + 1)
  }

  /// Takes all that is left of an open loop, once it is over: how many requests were due within the time that counts
  /// and never went out.
  public mutating func takeUnsent() -> Int {
    guard case .open(var schedule) = self.state else { return 0 }
    var unsent = 0
    while schedule.next < self.window.end {
      if self.window.contains(schedule.next) { unsent += 1 }
      schedule.advance()
    }
    self.state = .open(schedule)
    return unsent
  }
}
