import Dispatch

/// Runs an actor on a thread that may block, so that reads, writes and syncs never hold up the threads that all
/// concurrent code shares.
final class BlockingExecutor: SerialExecutor {
  private let queue: DispatchQueue
  /// For tasks beside the actor that have next to nothing to do: on its thread they cost no other one's waking.
  let tasks: QueueExecutor

  init(label: String) {
    self.queue = DispatchQueue(label: label)
    self.tasks = QueueExecutor(self.queue)
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    self.queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}

/// Runs tasks on a queue.
final class QueueExecutor: TaskExecutor {
  private let queue: DispatchQueue

  fileprivate init(_ queue: DispatchQueue) {
    self.queue = queue
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    self.queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

/// Where single blocking calls are made, one after the other.
actor Disk {
  private let executor: BlockingExecutor

  nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

  init(label: String) {
    self.executor = BlockingExecutor(label: label)
  }

  func run<Value: Sendable, Failure: Error>(
    _ body: @Sendable () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try body()
  }
}
