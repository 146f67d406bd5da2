import Dispatch

/// Runs an actor on a thread that may block, so that reads, writes and syncs never hold up the threads that all
/// concurrent code shares.
package final class BlockingExecutor: SerialExecutor {
  private let queue: DispatchQueue

  /// Makes an executor whose thread bears this name.
  package init(label: String) {
    self.queue = DispatchQueue(label: label)
  }

  /// Runs a job after those that came before it.
  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    self.queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}
