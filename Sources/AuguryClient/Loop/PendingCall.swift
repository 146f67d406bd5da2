import QueueCore
import Synchronization

/// One call on its way: where its caller waits, and whether it has ended. It ends once, whoever is first to say so.
final class PendingCall: Sendable {
  typealias Outcome = Result<RawReply, PredictionError>

  private enum State {
    case begun
    case waiting(CheckedContinuation<Outcome, Never>)
    case ended(Outcome)
  }

  private let state = Mutex(State.begun)
  /// The session's id for the call, known once the loop has submitted it; 0 before.
  private let assigned = Atomic<UInt64>(0)

  var id: RequestID? {
    get {
      let raw = self.assigned.load(ordering: .relaxed)
      return raw == 0 ? nil : RequestID(raw)
    }
    set {
      self.assigned.store(newValue?.rawValue ?? 0, ordering: .relaxed)
    }
  }

  var hasEnded: Bool {
    self.state.withLock { if case .ended = $0 { true } else { false } }
  }

  /// Lets the caller wait; false if the call has ended already, in which case the caller goes on at once.
  func wait(_ continuation: CheckedContinuation<Outcome, Never>) -> Bool {
    let outcome = self.state.withLock { state -> Outcome? in
      if case .ended(let outcome) = state { return outcome }
      state = .waiting(continuation)
      return nil
    }
    if let outcome { continuation.resume(returning: outcome) }
    return outcome == nil
  }

  /// Ends the call; false if it had ended before.
  @discardableResult
  func end(_ outcome: Outcome) -> Bool {
    let (isFirst, waiting) = self.state.withLock { state -> (Bool, CheckedContinuation<Outcome, Never>?) in
      switch state {
      case .begun:
        state = .ended(outcome)
        return (true, nil)
      case .waiting(let continuation):
        state = .ended(outcome)
        return (true, continuation)
      case .ended:
        return (false, nil)
      }
    }
    waiting?.resume(returning: outcome)
    return isFirst
  }
}
