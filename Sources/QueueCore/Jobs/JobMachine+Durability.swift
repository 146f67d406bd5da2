extension JobMachine {
  /// Syncs when enough is written or enough time has passed. Writing goes on meanwhile: the checkpoint counts what was
  /// written when the sync began.
  mutating func makeDurable(at now: Instant, into actions: inout [JobAction]) {
    guard self.durability == .idle, self.written != self.committed else { return }
    let bytes =
      self.written.outputLength - self.committed.outputLength + self.written.errorsLength
      - self.committed.errorsLength
    guard bytes >= self.limits.syncBytes || now >= self.nextSync else { return }
    self.nextSync = now.advanced(byMilliseconds: self.limits.syncMilliseconds)
    self.sync(into: &actions)
  }

  mutating func sync(into actions: inout [JobAction]) {
    precondition(self.durability == .idle, "Cannot sync when \(self.durability)")
    self.durability = .syncing(self.written)
    actions.append(.sync)
  }

  mutating func synced(into actions: inout [JobAction]) {
    guard case .syncing(let checkpoint) = self.durability else {
      preconditionFailure("Cannot have synced when \(self.durability)")
    }
    self.durability = .committing(checkpoint)
    actions.append(.checkpoint(checkpoint))
  }

  mutating func checkpointed(into actions: inout [JobAction]) {
    guard case .committing(let checkpoint) = self.durability else {
      preconditionFailure("Cannot have committed when \(self.durability)")
    }
    self.durability = .idle
    self.committed = checkpoint
    if self.phase == .resetting {
      self.phase = .preparing
      actions.append(.prepare(checkpoint))
    }
  }
}
