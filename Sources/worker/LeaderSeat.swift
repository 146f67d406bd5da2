import Synchronization
import ZeroMQ

/// Where the worker's loop is while its leader computes, for whoever leads next, and the word on its end.
final class LeaderSeat: @unchecked Sendable {
  // Unchecked because of the loop: only the thread that leads touches it, and the lead passes under the queue's lock.
  private var loop: WorkerLoop?

  private enum Phase {
    case running(waiting: CheckedContinuation<Result<WorkerEnd, any Error>, Never>?)
    case ended(Result<WorkerEnd, any Error>)
  }

  private let phase = Mutex(Phase.running(waiting: nil))

  /// Begins with a loop that nobody leads yet.
  init(_ loop: consuming WorkerLoop) {
    self.loop = consume loop
  }

  /// The thread that leads takes the loop for its own.
  func takeLoop() -> WorkerLoop {
    guard let loop = self.loop.take() else { preconditionFailure("a loop is with the thread that leads, or here") }
    return loop
  }

  /// The thread that leads leaves the loop, before another one may lead.
  func leave(_ loop: consuming WorkerLoop) {
    self.loop = consume loop
  }

  /// How the worker's life ended, for the one who waits for it. Cancelling the wait does not cut it short.
  var end: WorkerEnd {
    get async throws {
      let result = await withCheckedContinuation { continuation in
        let ended = self.phase.withLock { phase -> Result<WorkerEnd, any Error>? in
          if case .ended(let result) = phase { return result }
          phase = .running(waiting: continuation)
          return nil
        }
        if let ended { continuation.resume(returning: ended) }
      }
      return try result.get()
    }
  }

  /// The thread that leads says how it ended.
  func finish(_ result: Result<WorkerEnd, any Error>) {
    let waiting = self.phase.withLock { phase -> CheckedContinuation<Result<WorkerEnd, any Error>, Never>? in
      guard case .running(let waiting) = phase else { preconditionFailure("a worker ends once") }
      phase = .ended(result)
      return waiting
    }
    waiting?.resume(returning: result)
  }
}
