import QueueCore
import Store
import Synchronization
import ZeroMQ

/// The right to write for a job, as its holder knows it: by the clock of this process, which no other can set, and a
/// little shorter than the store has it.
final class HeldLease: Sendable {
  /// An extension that has been asked for.
  struct Renewal: Sendable {
    /// When the lease ends by the store, in seconds since 1970.
    let until: Double
    /// When it ends here.
    let end: Instant
  }

  let seconds: Double
  private let state: Mutex<Instant>

  /// A lease that was claimed by a renewal.
  init(_ claim: Renewal, seconds: Double) {
    self.seconds = seconds
    self.state = Mutex(claim.end)
  }

  /// Asks for an extension, or a first time, from now. To be made before the store is asked.
  static func renewal(seconds: Double) -> Renewal {
    // This clock first: whatever time passes in between makes the lease shorter here.
    let end = Instant(nanoseconds: MonotonicClock.nanoseconds).advanced(byMicroseconds: UInt64(seconds * 1e6))
    return Renewal(until: WallClock.seconds + seconds, end: end)
  }

  /// Asks for an extension from now.
  func renewal() -> Renewal { Self.renewal(seconds: self.seconds) }

  /// The store has taken the extension.
  func renewed(_ renewal: Renewal) {
    self.state.withLock { $0 = max($0, renewal.end) }
  }

  /// When it ends here.
  var end: Instant { self.state.withLock { $0 } }
}

/// Renews a lease for as long as its job runs, beside the run, whose thread may be at work on a file for long.
struct LeaseKeeper: Sendable {
  let run: JobRun

  /// Returns when the task is cancelled, or the job is not this runner's any more.
  func keep() async {
    let third = Duration.seconds(self.run.lease.seconds / 3)
    // After a failure not so long: the lease must not end over one busy moment of the store.
    let tenth = Duration.seconds(self.run.lease.seconds / 10)
    var wait = third
    while true {
      do {
        try await Task.sleep(for: wait)
      } catch {
        return
      }
      let renewal = self.run.lease.renewal()
      do throws(StoreError) {
        let message = self.run.monitor.snapshot.message
        let record = try await self.run.store.updateJob(
          self.run.record.id, fence: self.run.record.fence,
          JobUpdate(message: message.map { .some($0) } ?? JobUpdate.Message.none, leaseUntil: renewal.until),
          isSynced: false)
        self.run.lease.renewed(renewal)
        self.run.leaseWasRenewed(record)
        wait = third
      } catch {
        if case .fenced = RunEnd(error) { return self.run.lostClaim() }
        wait = tenth
      }
    }
  }
}
