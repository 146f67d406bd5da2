import QueueCore
import Store
import Synchronization
import ZeroMQ

/// What can be seen of a job while it runs.
struct JobProgress: Sendable {
  /// The last committed checkpoint.
  var checkpoint: JobCheckpoint
  /// Bytes of the input file that are done with.
  var bytesDone: UInt64
  /// Who predicted the rows up to there.
  var contributions: JobContributions
  /// What the job waits for, if it does not get on.
  var message: String?
  /// Since when it does not get on.
  var waitsSince: Instant?
  /// How fast it goes.
  var meter = ProgressMeter()

  /// How fast it goes now.
  var rate: JobRate {
    let rates = self.meter.rates(at: Instant(nanoseconds: MonotonicClock.nanoseconds))
    return JobRate(rowsPerSecond: rates.rowsPerSecond, bytesPerSecond: rates.bytesPerSecond)
  }
}

/// Where a run leaves word of its progress for whoever asks.
final class JobMonitor: Sendable {
  /// Before that a rate says too little to call a job late for it.
  private static let soundMilliseconds: UInt64 = 2000

  private let progress: Mutex<JobProgress>

  /// `bytes` of the input file were done with before.
  init(at checkpoint: JobCheckpoint, _ contributions: JobContributions, bytes: UInt64) {
    self.progress = Mutex(JobProgress(checkpoint: checkpoint, bytesDone: bytes, contributions: contributions))
    self.checkpointed(checkpoint, contributions, bytes: bytes)
  }

  var snapshot: JobProgress { self.progress.withLock { $0 } }

  func checkpointed(_ checkpoint: JobCheckpoint, _ contributions: JobContributions, bytes: UInt64) {
    let now = Instant(nanoseconds: MonotonicClock.nanoseconds)
    self.progress.withLock { progress in
      // A job that starts again from the beginning has no rate for a moment.
      if checkpoint.rows < progress.checkpoint.rows { progress.meter = ProgressMeter() }
      progress.checkpoint = checkpoint
      progress.bytesDone = bytes
      progress.contributions = contributions
      progress.meter.record(rows: checkpoint.rows, bytes: bytes, at: now)
    }
  }

  /// Whether the job is expected to end after this time, in seconds since 1970, or has not ended by then.
  func isLate(for time: Double, inputBytes: UInt64) -> Bool {
    let now = WallClock.seconds
    if now > time { return true }
    let progress = self.snapshot
    let instant = Instant(nanoseconds: MonotonicClock.nanoseconds)
    let rate = progress.rate.bytesPerSecond
    guard rate > 0, progress.meter.measuredMilliseconds(at: instant) >= Self.soundMilliseconds else { return false }
    let left = inputBytes - min(inputBytes, progress.bytesDone)
    return now + Double(left) / rate > time
  }

  /// Whether it has not got on for so long.
  func isStalled(for duration: Duration) -> Bool {
    let now = Instant(nanoseconds: MonotonicClock.nanoseconds)
    guard let since = self.snapshot.waitsSince else { return false }
    return .microseconds(Int64(clamping: now.microseconds(since: since))) >= duration
  }

  func waits(_ message: String) {
    let now = Instant(nanoseconds: MonotonicClock.nanoseconds)
    self.progress.withLock { progress in
      progress.message = message
      progress.waitsSince = progress.waitsSince ?? now
    }
  }

  func getsOn() {
    self.progress.withLock { progress in
      guard progress.message != nil else { return }
      progress.message = nil
      progress.waitsSince = nil
    }
  }
}
