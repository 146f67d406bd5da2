import Synchronization
import ZeroMQ

/// Runs an actor, and tasks beside it, on a thread of its own that may block and that runs on what others leave: what
/// runners read, look over and write is the cluster's least urgent work. Nothing that must be in time may depend on it.
final class RunnerThread: SerialExecutor {
  private let jobs: Mailbox<@Sendable () -> Void>
  /// For tasks beside the actor that have next to nothing to do: on its thread they cost no other one's waking.
  let tasks: RunnerTasks

  /// Starts a thread that bears this name.
  ///
  /// Throws `ZMQError` if the system has no room for another thread.
  init(name: String) throws(ZMQError) {
    let jobs = try Mailbox<@Sendable () -> Void>()
    self.jobs = jobs
    self.tasks = RunnerTasks(jobs)
    _ = try LoopThread(name: name) {
      ThreadPriority.runOnWhatIsLeft()
      try Self.run(jobs)
    }
  }

  deinit {
    self.jobs.close()
  }

  /// Runs a job after those that came before it.
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    _ = self.jobs.post { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  private static func run(_ jobs: Mailbox<@Sendable () -> Void>) throws {
    var poller = Poller(capacity: 1)
    _ = poller.add(fileDescriptor: jobs.fileDescriptor)
    var batch: [@Sendable () -> Void] = []
    while true {
      jobs.drain(into: &batch)
      for job in batch { job() }
      if batch.isEmpty, jobs.isClosed { return }
      guard batch.isEmpty else { continue }
      _ = try poller.wait(milliseconds: nil)
    }
  }
}

/// Runs tasks on a runner's thread.
final class RunnerTasks: TaskExecutor {
  private let jobs: Mailbox<@Sendable () -> Void>

  fileprivate init(_ jobs: Mailbox<@Sendable () -> Void>) {
    self.jobs = jobs
  }

  /// Runs a job after those that came before it.
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    _ = self.jobs.post { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
