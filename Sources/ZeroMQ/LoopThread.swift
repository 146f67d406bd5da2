// A thread for a loop that waits in system calls, which a task must not do.

import Glibc
import Synchronization

/// A thread of its own that runs one closure; its end can be awaited.
///
/// The thread takes no signals but those that its own faults raise, so `SIGTERM` and the like go to whoever handles
/// them elsewhere in the process. It cannot be stopped from outside: post to a mailbox that its loop drains.
public final class LoopThread<Output: Sendable>: Sendable {
  private enum Phase {
    case running(waiting: [CheckedContinuation<Result<Output, any Error>, Never>])
    case ended(Result<Output, any Error>)
  }

  private let phase = Mutex(Phase.running(waiting: []))

  /// Starts a thread that runs a closure.
  ///
  /// - Parameters:
  ///   - name: What the system shows for the thread; Linux keeps the first 15 bytes.
  ///   - stackSize: The stack's size in bytes; memory is taken only as it is used.
  ///   - body: What to run; it makes its own sockets or captures what it may.
  /// - Throws: `ZMQError`, `.again` if the system has no room for another thread.
  public convenience init(
    name: String,
    stackSize: Int = 2 << 20,
    body: sending @escaping () throws -> Output,
  ) throws(ZMQError) {
    try self.init(name: name, stackSize: stackSize, handing: ()) { (_: consuming Void) in try body() }
  }

  /// Starts a thread that runs a closure on something given away to it, such as sockets made beforehand.
  ///
  /// - Parameters:
  ///   - name: What the system shows for the thread; Linux keeps the first 15 bytes.
  ///   - stackSize: The stack's size in bytes; memory is taken only as it is used.
  ///   - state: What the closure gets for its own. It ends with the closure, or here if the thread cannot start.
  ///   - body: What to run.
  /// - Throws: `ZMQError`, `.again` if the system has no room for another thread.
  public init<State: ~Copyable>(
    name: String,
    stackSize: Int = 2 << 20,
    handing state: consuming sending State,
    body: sending @escaping (consuming State) throws -> Output,
  ) throws(ZMQError) {
    let handover = Handover(state)
    let start = ThreadStart(name: name) {
      let result = Result { try body(handover.take()) }
      return { self.end(result) }
    }
    let status = start.launch(stackSize: stackSize)
    guard status == 0 else {
      throw ZMQError(code: ZMQError.Code(rawValue: status), call: "pthread_create(\(name))")
    }
  }

  /// What the closure returned or threw, once the thread has ended.
  ///
  /// Waiting is not cut short by cancellation: a thread that still runs still uses what it was given.
  public var value: Output {
    get async throws {
      let result = await withCheckedContinuation { continuation in
        let ended = self.phase.withLock { phase -> Result<Output, any Error>? in
          switch phase {
          case .running(var waiting):
            waiting.append(continuation)
            phase = .running(waiting: waiting)
            return nil
          case .ended(let result): return result
          }
        }
        if let ended { continuation.resume(returning: ended) }
      }
      return try result.get()
    }
  }

  private func end(_ result: Result<Output, any Error>) {
    let waiting = self.phase.withLock { phase in
      guard case .running(let waiting) = phase else { preconditionFailure("A thread ends once") }
      phase = .ended(result)
      return waiting
    }
    for continuation in waiting { continuation.resume(returning: result) }
  }
}

/// Something noncopyable on its way into a closure, which cannot capture it.
private final class Handover<State: ~Copyable> {
  private var state: State?

  init(_ state: consuming State) {
    self.state = consume state
  }

  func take() -> State {
    guard let state = self.state.take() else { preconditionFailure("A thread takes its state once") }
    return state
  }
}
