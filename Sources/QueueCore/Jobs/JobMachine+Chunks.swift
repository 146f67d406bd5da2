import DequeModule

extension JobMachine {
  // MARK: Reading

  /// Asks for the next chunk if it could be sent at once and there is room to hold it.
  mutating func readAhead(into actions: inout [JobAction]) {
    guard !self.isReading, self.inputEnd == nil else { return }
    let hasRoom =
      self.requestsOut + self.waiting.count < self.window.size && self.chunks.count < self.limits.openChunks
      && self.heldBytes < self.limits.heldBytes
    guard hasRoom || self.chunks.isEmpty else { return }
    self.isReading = true
    actions.append(.read)
  }

  mutating func chunkRead(_ extent: ChunkExtent, at now: Instant) {
    precondition(self.isReading, "Cannot have read a chunk that was not asked for")
    self.isReading = false
    // A stop may have come between the question and the answer.
    guard self.phase == .running else { return }
    let sequence = self.written.chunks + UInt64(self.chunks.count)
    let tree = ChunkTree(chunk: sequence, rows: extent.rows)
    self.chunks.append(OpenChunk(extent: extent, tree: tree, heldBytes: extent.payloadBytes))
    self.heldBytes += extent.payloadBytes
    self.waiting.append(Waiting(chunk: sequence, node: 0, notBefore: now))
  }

  mutating func inputEnded(offset: UInt64, line: UInt64) {
    precondition(self.isReading, "Cannot have found the end without having looked for it")
    self.isReading = false
    self.inputEnd = (offset, line)
  }

  // MARK: Sending

  /// Sends what is due, the earliest rows first, as far as the window allows.
  mutating func sendWaiting(at now: Instant, into actions: inout [JobAction]) {
    while self.requestsOut < self.window.size {
      var first: Int?
      for (position, part) in self.waiting.enumerated() where part.notBefore <= now {
        guard let earliest = first.map({ self.waiting[$0] }) else {
          first = position
          continue
        }
        if (part.chunk, part.node) < (earliest.chunk, earliest.node) { first = position }
      }
      guard let first else { return }
      let part = self.waiting.remove(at: first)
      let index = self.index(ofChunk: part.chunk)
      self.requestsOut += 1
      actions.append(.send(self.chunks[index].tree.send(part.node, at: now)))
    }
  }

  mutating func succeeded(
    _ request: ChunkRequest, _ outcome: PartOutcome, queueMicroseconds: UInt32, at now: Instant,
    into actions: inout [JobAction]
  ) {
    guard let (chunk, node, since) = self.sent(request) else { return }
    self.requestsOut -= 1
    self.window.replied(
      afterMicroseconds: now.microseconds(since: since), queueMicroseconds: UInt64(queueMicroseconds))
    self.hold(outcome.outputBytes + outcome.errorBytes, inChunkAt: chunk)
    self.settled(self.chunks[chunk].tree.succeeded(node, outcome), chunkAt: chunk, at: now, into: &actions)
  }

  mutating func failed(
    _ request: ChunkRequest, _ failure: PartFailure, errorBytes: UInt64, at now: Instant,
    into actions: inout [JobAction]
  ) {
    guard let (chunk, node, _) = self.sent(request) else { return }
    self.requestsOut -= 1
    switch failure {
    case .fatal: return self.stop(.refused(request), into: &actions)
    case .congested: self.window.refused()
    case .transient: self.window.unserved()
    case .fault, .poison, .refused: break
    }
    switch self.chunks[chunk].tree.failed(node, failure, errorBytes: errorBytes) {
    case .sendAgain(let failures):
      let wait = self.limits.retryMilliseconds(afterFailures: failures)
      self.waiting.append(
        Waiting(chunk: request.part.chunk, node: node, notBefore: now.advanced(byMilliseconds: wait)))
    case .divided(let parts):
      for part in parts { self.waiting.append(Waiting(chunk: request.part.chunk, node: part, notBefore: now)) }
    case .rejected(let settled): self.settled(settled, chunkAt: chunk, at: now, into: &actions)
    }
  }

  private mutating func settled(
    _ settled: ChunkTree.OnSettled, chunkAt chunk: Int, at now: Instant, into actions: inout [JobAction]
  ) {
    switch settled {
    case .waitForOthers, .complete: break
    case .putTogether(let node, let discarded):
      for request in discarded { actions.append(.discard(request)) }
      let stillHeld = self.chunks[chunk].extent.payloadBytes + self.chunks[chunk].tree.answeredBytes
      self.heldBytes -= self.chunks[chunk].heldBytes - stillHeld
      self.chunks[chunk].heldBytes = stillHeld
      let wait = self.limits.retryMilliseconds(afterFailures: 1)
      self.waiting.append(
        Waiting(
          chunk: self.chunks[chunk].tree.chunk, node: node, notBefore: now.advanced(byMilliseconds: wait)))
    }
  }

  // MARK: Writing

  /// Writes the chunks at the front that are answered in full.
  mutating func writeAnswered(into actions: inout [JobAction]) {
    while let chunk = self.chunks.first, chunk.tree.isComplete, !self.hasTooManyFailedRows {
      chunk.tree.forEachLeaf { request, state in
        if case .rejected = state {
          actions.append(.reject(request))
        } else {
          actions.append(.write(request))
        }
      }
      actions.append(.release(chunk: chunk.tree.chunk))
      self.written = self.written.advanced(past: chunk.extent, wrote: chunk.tree.outcome)
      self.heldBytes -= chunk.heldBytes
      self.chunks.removeFirst()
    }
  }

  // MARK: The table

  private func index(ofChunk sequence: UInt64) -> Int {
    precondition(
      sequence >= self.written.chunks && sequence < self.written.chunks + UInt64(self.chunks.count),
      "Chunk \(sequence) is not open")
    return Int(sequence - self.written.chunks)
  }

  /// Where the request that was sent and not answered stands, and since when; nil for one nobody waits for.
  private func sent(_ request: ChunkRequest) -> (chunk: Int, node: Int, since: Instant)? {
    let first = self.written.chunks
    let sequence = request.part.chunk
    guard sequence >= first, sequence - first < UInt64(self.chunks.count) else { return nil }
    let chunk = Int(sequence - first)
    guard let (node, since) = self.chunks[chunk].tree.waiting(for: request) else { return nil }
    return (chunk, node, since)
  }

  private mutating func hold(_ bytes: UInt64, inChunkAt index: Int) {
    self.chunks[index].heldBytes += bytes
    self.heldBytes += bytes
  }
}
