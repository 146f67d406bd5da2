import Synchronization

/// Stops a run from another thread.
public final class RunControl: Sendable {
  private struct State {
    var isCancelled = false
    var onCancel: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  /// Makes a control for one run.
  public init() {}

  /// Whether the run was told to stop.
  public var isCancelled: Bool { self.state.withLock { $0.isCancelled } }

  /// Tells the run to stop; it does so when it next looks, between two operators of an ONNX model, and throws
  /// `cancelled`.
  public func cancel() {
    self.state.withLock { state in
      state.isCancelled = true
      // Called under the lock: after `finish` returns, what the closure touches may be freed.
      state.onCancel?()
    }
  }

  /// Has the closure called on `cancel()`, at once if that was before.
  func begin(onCancel: @escaping @Sendable () -> Void) {
    self.state.withLock { state in
      state.onCancel = onCancel
      if state.isCancelled { onCancel() }
    }
  }

  /// Forgets the closure; it is not running and never will again.
  func finish() {
    self.state.withLock { $0.onCancel = nil }
  }
}
