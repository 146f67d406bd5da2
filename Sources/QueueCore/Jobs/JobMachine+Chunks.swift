import DequeModule

/// Chunks: read ahead, and written in the order of the input.
extension JobMachine {
  /// Asks for the next chunk if it could be sent soon and there is room to hold it.
  mutating func readAhead(into actions: inout [JobAction]) {
    guard !self.isReading, self.wantsChunk else { return }
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
}
