import Dispatch

/// Runs an actor on a thread that may block, so that reads, writes and syncs never hold up the threads that all
/// concurrent code shares.
package final class BlockingExecutor: SerialExecutor {
  private let queue: DispatchQueue
  /// For tasks beside the actor that have next to nothing to do: on its thread they cost no other one's waking.
  package let tasks: QueueExecutor

  /// Makes an executor whose thread bears this name.
  package init(label: String) {
    self.queue = DispatchQueue(label: label)
    self.tasks = QueueExecutor(self.queue)
  }

  /// Runs a job after those that came before it.
  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    self.queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}

/// Runs tasks on a queue.
package final class QueueExecutor: TaskExecutor {
  private let queue: DispatchQueue

  fileprivate init(_ queue: DispatchQueue) {
    self.queue = queue
  }

  /// Runs a job after those that came before it.
  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    self.queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
