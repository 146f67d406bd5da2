/// What ends a run from outside its rows: the lease, and too many rows that failed.
extension JobMachine {
  /// Whether the lease still holds, this event taken into account.
  ///
  /// A process that was stopped for a while finds out here, before it does anything else: by its own clock, since
  /// whoever took the job over has no way to tell it.
  mutating func holdsLease(after event: JobEvent, at now: Instant) -> Bool {
    if case .leaseRenewed(let until) = event { self.leaseEnd = max(self.leaseEnd, until) }
    return now < self.leaseEnd
  }

  /// When the end of the lease is to be noticed although nothing else happens.
  var leaseDeadline: Instant {
    switch self.phase {
    // A stop waits for one sync and one commit, and is told of both.
    case .idle, .stopping, .ended: .distantFuture
    default: self.leaseEnd
    }
  }

  /// Whether the rows written so far are too bad to go on. Looked at after each chunk, in the order of the input, so
  /// that the same job ends after the same row whatever happened on the way.
  var hasTooManyFailedRows: Bool {
    let isComplete = self.inputEnd != nil && self.chunks.isEmpty
    return self.errorLimit?.isExceeded(
      failed: self.written.failedRows, of: self.written.rows, isComplete: isComplete) ?? false
  }

  mutating func stopForFailedRows(at now: Instant, into actions: inout [JobAction]) {
    self.stop(.tooManyFailedRows(self.written), into: &actions)
    self.advance(at: now, into: &actions)
  }
}
