import DequeModule

/// Requests: which chunks travel together, and what becomes of them.
///
/// A chunk of a job is what a worker predicts in one engine call, so which rows are in it must not depend on chance.
/// Which chunks share a request may: each of them is a message part of its own, answered in parts of its own. What
/// failed together says nothing about any of them, so each is sent alone before it is held against its rows.
extension JobMachine {
  /// Chunks, or a part of one, that were sent together.
  struct SentRequest {
    let chunks: Int
    let sentAt: Instant
    /// Those that wait for their answers.
    var unanswered: Int
    /// Whether it has been counted as answered or failed.
    var isCounted = false
  }

  // MARK: Sending

  /// Chunks of the next request, if they are like the last one that was read.
  private var chunksPerRequest: Int {
    guard let last = self.chunks.last?.extent else { return 1 }
    let byRows = self.limits.requestRows / max(Int(last.rows), 1)
    let byBytes = Int(clamping: self.limits.requestBytes / max(last.payloadBytes, 1))
    return max(min(self.requestSize.chunks, byRows, byBytes), 1)
  }

  /// Whether another chunk could be sent soon, and there is room to hold it.
  var wantsChunk: Bool {
    guard self.inputEnd == nil else { return false }
    let free = self.window.size - self.requestsOut
    let hasRoom =
      self.waiting.count < free * self.chunksPerRequest && self.chunks.count < self.limits.openChunks
      && self.heldBytes < self.limits.heldBytes
    return hasRoom || self.chunks.isEmpty
  }

  /// Sends what is due, the earliest rows first, as far as the window allows. A request that could have more chunks
  /// waits for them as long as there are any to be read.
  mutating func sendWaiting(at now: Instant, into actions: inout [JobAction]) {
    while self.requestsOut < self.window.size, let first = self.earliestWaiting(at: now) {
      var positions = [first]
      if self.mayShareRequest(self.waiting[first]) {
        // Most often, so before anything is sorted.
        let isComing = self.isReading || self.wantsChunk
        if isComing, self.waiting.count < self.chunksPerRequest { return }
        let isFull: Bool
        (positions, isFull) = self.companions(of: first, at: now)
        guard isFull || !isComing else { return }
      }
      let parts = positions.map { self.waiting[$0] }
      for position in positions.sorted(by: >) { self.waiting.remove(at: position) }
      self.lastRequest += 1
      self.requests[self.lastRequest] = SentRequest(chunks: parts.count, sentAt: now, unanswered: parts.count)
      actions.append(
        .send(
          parts.map { part in
            let index = self.index(ofChunk: part.chunk)
            return self.chunks[index].tree.send(part.node, in: self.lastRequest)
          }))
    }
  }

  private func earliestWaiting(at now: Instant) -> Int? {
    var first: Int?
    for (position, part) in self.waiting.enumerated() where part.notBefore <= now {
      guard let earliest = first.map({ self.waiting[$0] }) else {
        first = position
        continue
      }
      if (part.chunk, part.node) < (earliest.chunk, earliest.node) { first = position }
    }
    return first
  }

  private func mayShareRequest(_ part: Waiting) -> Bool {
    part.node == 0 && !self.chunks[self.index(ofChunk: part.chunk)].travelsAlone
  }

  /// The first and what may travel with it, the earliest rows first, as many as fit; and whether no more would.
  private func companions(of first: Int, at now: Instant) -> (positions: [Int], isFull: Bool) {
    let count = self.chunksPerRequest
    if count == 1 { return ([first], true) }
    let others = self.waiting.indices.filter {
      $0 != first && self.waiting[$0].notBefore <= now && self.mayShareRequest(self.waiting[$0])
    }.sorted { self.waiting[$0].chunk < self.waiting[$1].chunk }
    var positions: [Int] = []
    var rows = 0
    var bytes: UInt64 = 0
    for position in [first] + others {
      let extent = self.chunks[self.index(ofChunk: self.waiting[position].chunk)].extent
      rows += Int(extent.rows)
      bytes += extent.payloadBytes
      let fits = rows <= self.limits.requestRows && bytes <= self.limits.requestBytes
      guard positions.isEmpty || fits else { return (positions, true) }
      positions.append(position)
      if positions.count == count { return (positions, true) }
    }
    return (positions, false)
  }

  // MARK: Answers

  mutating func succeeded(
    _ request: ChunkRequest, _ outcome: PartOutcome, _ times: RequestTimes, at now: Instant,
    into actions: inout [JobAction]
  ) {
    guard let (chunk, node, number) = self.sent(request) else { return }
    let (sent, isFirst) = self.answered(number)
    if isFirst {
      self.window.replied(
        afterMicroseconds: now.microseconds(since: sent.sentAt), queueMicroseconds: UInt64(times.queueMicroseconds))
      self.requestSize.answered(chunks: sent.chunks, computeMicroseconds: UInt64(times.computeMicroseconds))
    }
    self.hold(outcome.outputBytes + outcome.errorBytes, inChunkAt: chunk)
    self.settled(self.chunks[chunk].tree.succeeded(node, outcome), chunkAt: chunk, at: now, into: &actions)
  }

  mutating func failed(
    _ request: ChunkRequest, _ failure: PartFailure, errorBytes: UInt64, at now: Instant,
    into actions: inout [JobAction]
  ) {
    guard let (chunk, node, number) = self.sent(request) else { return }
    let (sent, isFirst) = self.answered(number)
    switch failure {
    case .fatal: return self.stop(.refused(request), into: &actions)
    case .congested: if isFirst { self.window.refused() }
    case .transient: if isFirst { self.window.unserved() }
    case .fault, .poison, .refused:
      guard sent.chunks == 1 else {
        if failure == .refused { self.requestSize.refused() } else { self.requestSize.failed() }
        self.chunks[chunk].travelsAlone = true
        self.chunks[chunk].tree.failedAmongOthers(node)
        self.waiting.append(Waiting(chunk: request.part.chunk, node: node, notBefore: now))
        return
      }
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

  /// One of a request's chunks has its answer: the request as it was sent, and whether it is the first of them.
  private mutating func answered(_ number: UInt64) -> (SentRequest, isFirst: Bool) {
    guard var request = self.requests[number] else {
      preconditionFailure("Request \(number) is answered and was not sent")
    }
    let isFirst = !request.isCounted
    request.isCounted = true
    request.unanswered -= 1
    self.requests[number] = request.unanswered > 0 ? request : nil
    return (request, isFirst)
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

  private mutating func hold(_ bytes: UInt64, inChunkAt index: Int) {
    self.chunks[index].heldBytes += bytes
    self.heldBytes += bytes
  }

  // MARK: The table

  private func index(ofChunk sequence: UInt64) -> Int {
    precondition(
      sequence >= self.written.chunks && sequence < self.written.chunks + UInt64(self.chunks.count),
      "Chunk \(sequence) is not open")
    return Int(sequence - self.written.chunks)
  }

  /// Where what was sent and not answered stands, and in which request it was; nil for what nobody waits for.
  private func sent(_ request: ChunkRequest) -> (chunk: Int, node: Int, number: UInt64)? {
    let first = self.written.chunks
    let sequence = request.part.chunk
    guard sequence >= first, sequence - first < UInt64(self.chunks.count) else { return nil }
    let chunk = Int(sequence - first)
    guard let (node, number) = self.chunks[chunk].tree.waiting(for: request) else { return nil }
    return (chunk, node, number)
  }
}
