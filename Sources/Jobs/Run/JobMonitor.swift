import QueueCore
import Synchronization
import ZeroMQ

/// What can be seen of a job while it runs.
struct JobProgress: Sendable {
  /// The last committed checkpoint.
  var checkpoint: JobCheckpoint
  /// Bytes of the input file that are done with.
  var bytesDone: UInt64
  /// What the job waits for, if it does not get on.
  var message: String?
  /// How fast it goes.
  var meter = ProgressMeter()
  /// Whether this run has come past the checkpoint that it began at.
  var hasAdvanced = false
}

/// Where a run leaves word of its progress for whoever asks.
final class JobMonitor: Sendable {
  private let progress: Mutex<JobProgress>

  /// `bytes` of the input file were done with before.
  init(at checkpoint: JobCheckpoint, bytes: UInt64) {
    self.progress = Mutex(JobProgress(checkpoint: checkpoint, bytesDone: bytes))
    self.checkpointed(checkpoint, bytes: bytes)
  }

  var snapshot: JobProgress { self.progress.withLock { $0 } }

  func checkpointed(_ checkpoint: JobCheckpoint, bytes: UInt64) {
    let now = Instant(nanoseconds: MonotonicClock.nanoseconds)
    self.progress.withLock { progress in
      // A job that starts again from the beginning has no rate for a moment.
      if checkpoint.rows < progress.checkpoint.rows { progress.meter = ProgressMeter() }
      if checkpoint.rows > progress.checkpoint.rows { progress.hasAdvanced = true }
      progress.checkpoint = checkpoint
      progress.bytesDone = bytes
      progress.meter.record(rows: checkpoint.rows, bytes: bytes, at: now)
    }
  }

  func waits(_ message: String) {
    self.progress.withLock { $0.message = message }
  }

  func getsOn() {
    self.progress.withLock { progress in
      if progress.message != nil { progress.message = nil }
    }
  }
}
