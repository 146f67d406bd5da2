import QueueCore
import ZeroMQ

/// One of the threads that serve interactive requests. One of them leads: it has the socket, and computes short batches
/// itself; the others follow: they compute the rest, and one of them takes the lead when a batch of the leader's goes
/// on and on.
final class ServingThread {
  private let index: Int
  private let seat: LeaderSeat
  private let shared: Shared
  /// Nil before the model is there.
  private var compute: ComputeThread?

  /// What all threads of a worker have in common.
  struct Shared: Sendable {
    var queue: ComputeQueue
    var progress: ComputeProgress
    var mailbox: Mailbox<LoopMessage>
  }

  init(index: Int, seat: LeaderSeat, shared: Shared) {
    self.index = index
    self.seat = seat
    self.shared = shared
  }

  /// Serves from the start, as the one that leads.
  func runLeading() {
    var loop = self.seat.takeLoop()
    loop.start()
    if self.lead(loop) { self.alternate() }
  }

  /// Serves from when the model is there, as one that follows.
  func runFollowing(_ engine: LoadedEngine) {
    self.prepare(engine)
    self.alternate()
  }

  /// Follows and leads in turn, until the worker ends.
  private func alternate() {
    guard let compute = self.compute else { return }
    do throws(ZMQError) {
      while try compute.follow() {
        guard self.lead(self.seat.takeLoop()) else { return }
      }
    } catch {
      self.fail(error)
    }
  }

  /// Leads until the worker ends, or until another thread has the lead. Whether to follow then.
  private func lead(_ loop: consuming WorkerLoop) -> Bool {
    while true {
      do throws(ZMQError) {
        switch try loop.turn() {
        case .again: break
        case .loaded(let engine): self.prepare(engine)
        case .end(let end): return self.end(loop, .success(end))
        }
      } catch {
        return self.end(loop, .failure(error))
      }
      // Left here before a batch begins: from then on another thread may lead at any moment.
      self.seat.leave(loop)
      if let compute = self.compute, let batch = self.shared.queue.takeAsLeader() {
        guard let computed = self.compute(batch, with: compute) else { return true }
        loop = self.seat.takeLoop()
        loop.computed(computed)
      } else {
        loop = self.seat.takeLoop()
      }
    }
  }

  /// Computes a batch while nobody looks at the socket. What came of it; nil if another thread leads by then, which has
  /// got it through the mailbox.
  private func compute(_ batch: LeaderBatch, with compute: ComputeThread) -> ComputedBatch? {
    var computed = ComputedBatch()
    do throws(ZMQError) {
      computed = try compute.compute(batch.jobs)
    } catch {
      self.fail(error)
    }
    switch self.shared.queue.leaderEnded(batch, computed) {
    case .leads(let moreWaits):
      computed.moreWaits = moreWaits
      return computed
    case .follows:
      compute.post(computed)
      return nil
    }
  }

  /// Closes the socket, so that what was said last has left when the end is told. Always false: nothing is to follow.
  private func end(_ loop: consuming WorkerLoop, _ result: Result<WorkerEnd, any Error>) -> Bool {
    _ = consume loop
    self.seat.finish(result)
    return false
  }

  private func prepare(_ engine: LoadedEngine) {
    do {
      self.compute = ComputeThread(
        index: self.index, queue: self.shared.queue, runner: try engine.makeRunner(), progress: self.shared.progress,
        mailbox: self.shared.mailbox)
    } catch {
      self.fail(error)
    }
  }

  /// Requests would never be answered: better that the broker hears of it and gives them to others.
  private func fail(_ error: any Error) {
    _ = self.shared.mailbox.post(.engineFailed("serving thread \(self.index) failed: \(error)"))
  }
}
