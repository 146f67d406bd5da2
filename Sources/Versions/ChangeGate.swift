import Synchronization

/// Lets one change be under way at a time, in the order in which they came: what the store and the loop are told about
/// one change must not be mixed with the next.
public final class ChangeGate: Sendable {
  private struct State {
    var isHeld = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  /// A gate that is free.
  public init() {}

  /// Returns once it is the caller's turn, who must call ``leave()`` afterwards.
  func enter() async {
    await withCheckedContinuation { continuation in
      let isFree = self.state.withLock { state in
        if state.isHeld {
          state.waiting.append(continuation)
          return false
        }
        state.isHeld = true
        return true
      }
      if isFree { continuation.resume() }
    }
  }

  /// Gives the turn to the next one.
  func leave() {
    let next: CheckedContinuation<Void, Never>? = self.state.withLock { state in
      guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
      state.isHeld = false
      return nil
    }
    next?.resume()
  }
}
