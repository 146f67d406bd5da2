import BasicContainers
import Logging
import QueueCore
import Tensors
import ZeroMQ

/// Doing what the session says, one case an action.
extension WorkerLoop {
  /// Parts after which a message is closed and the next begun.
  private static let partsPerMessage = 512

  mutating func perform(at now: Instant) throws(ZMQError) {
    // Performing may add actions: a cancelled request that still waits is answered at once.
    var index = 0
    while index < self.actions.count {
      if case .sendResult = self.actions[index] {
        index = try self.sendResults(from: index)
      } else {
        try self.perform(self.actions[index], at: now)
        index += 1
      }
    }
    self.actions.removeAll(keepingCapacity: true)
    self.handOver()
  }

  private mutating func perform(_ action: WorkerSession.Action, at now: Instant) throws(ZMQError) {
    switch action {
    case .sendJoin:
      self.logger.debug("joining", metadata: ["broker": "\(self.endpoint)"])
      try self.send(self.session.joinHeader.encoded)
    case .loadArtifact(let payload):
      self.load(self.payloads.take(payload).frames, at: now)
    case .sendReady:
      guard let header = self.session.readyHeader else { preconditionFailure("READY is sent when there is one") }
      self.logger.info("ready", metadata: ["session": "\(header.session.rawValue)", "credit": "\(header.credit)"])
      try self.send(header.encoded, self.signature)
    case .sendHeartbeat(let header):
      try self.send(header.encoded.array, self.currentFigures(at: now).encoded)
    case .sendNotice(let header):
      try self.send(header.encoded.array)
    case .sendResult:
      preconditionFailure("results are sent by the run")
    case .sendRefusal(let header, let refusal):
      self.logger.warning("work refused", metadata: ["reason": "\(refusal.detail.message)"])
      try self.send(header.encoded.array, refusal.detail.encoded)
    case .run(let work):
      self.arrivals.append(ComputeJob(work: work, parts: self.payloads.take(work.payload).frames))
    case .cancel(let ticket):
      self.handOver()
      if self.queue.cancel(ticket) {
        try self.answer(ticket, .cancelled, at: now)
      } else {
        self.progress.giveUp(ticket)
      }
    case .release(let payload):
      _ = self.payloads.take(payload)
    case .reconnect:
      self.logger.warning("the broker is gone or wants us to join anew", metadata: ["broker": "\(self.endpoint)"])
      try self.reconnect()
    case .finished(let exit):
      self.logCounters()
      self.end = self.describe(exit)
    }
  }

  /// Tells the thread that loads which artifact the registry has.
  private mutating func load(_ parts: [Frame], at now: Instant) {
    let part = parts[0]
    do throws(WireError) {
      let artifact = try Artifact(decoding: part.bytes)
      self.logger.info("the registry names the artifact", metadata: ["path": "\(artifact.path)"])
      self.artifact.put(artifact)
    } catch {
      self.engineFailure = "the broker's word on the registered artifact cannot be read: \(error)"
      self.session.loadFailed(at: now, into: &self.actions)
    }
  }

  /// What should not have happened, if it did.
  private func logCounters() {
    let counters = self.session.counters
    guard counters != WorkerSession.Counters() else { return }
    self.logger.notice(
      "leaving, not all went smoothly",
      metadata: [
        "stale_results": "\(counters.staleResults)", "refused_work": "\(counters.refusedWork)",
        "duplicate_work": "\(counters.duplicateWork)", "unexpected_units": "\(counters.unexpectedUnits)",
        "malformed_units": "\(counters.malformedUnits)", "unanswered_joins": "\(counters.unansweredJoins)",
        "silences": "\(counters.silences)", "lost_memberships": "\(counters.lostMemberships)",
        "unfinished_work": "\(counters.unfinishedWork)",
      ])
  }

  /// Puts this turn's arrivals where they are computed from, together.
  private mutating func handOver() {
    guard !self.arrivals.isEmpty else { return }
    self.queue.put(self.arrivals)
    self.arrivals.removeAll(keepingCapacity: true)
  }

  /// Only the end of the process frees the thread of a call that does not stop; the broker takes that for a death, and
  /// judges what the call was for. What has not begun is handed back before, so that nobody holds a death against it.
  mutating func leaveHungEngine(after milliseconds: UInt64) throws(ZMQError) -> WorkerEnd {
    let now = Instant(nanoseconds: MonotonicClock.nanoseconds)
    self.session.drainRequested(at: now, into: &self.actions)
    for job in self.queue.takeWaiting() { try self.answer(job.work.ticket, .handedBack, at: now) }
    try self.perform(at: now)
    let reason = "an engine call has taken \(milliseconds) ms and does not end although it was stopped"
    self.logger.critical("\(reason); leaving", metadata: ["in_flight": "\(self.session.inFlight)"])
    return .engineHangs(reason)
  }

  private mutating func answer(_ ticket: WorkerSession.Ticket, _ fault: Fault, at now: Instant) throws(ZMQError) {
    let result = try ComputeResult.failure(ticket, fault, WorkTimes(queued: 0))
    self.count(result)
    let payload = self.payloads.keep(result.parts)
    self.session.resultReady(result.outcome, payload: payload, at: now, into: &self.actions)
  }

  // MARK: Sending

  /// Sends results that stand together as units of one message; returns the index after the last.
  private mutating func sendResults(from first: Int) throws(ZMQError) -> Int {
    var index = first
    var sent = 0
    while index < self.actions.count, case .sendResult(let header, let payload) = self.actions[index] {
      index += 1
      let parts = self.payloads.take(payload)
      sent += 1 + parts.count
      var more = false
      if index < self.actions.count, case .sendResult = self.actions[index] { more = sent < Self.partsPerMessage }
      try self.expectSent(self.socket.send(header.encoded.bytes, more: more || parts.count > 0))
      if !parts.frames.isEmpty {
        try self.expectSent(self.socket.send(parts.frames, more: more || parts.rawRows != nil))
      }
      if let rawRows = parts.rawRows { try self.send(rawRows, more: more) }
      if !more { break }
    }
    return index
  }

  private func send(_ rawRows: RawRows, more: Bool) throws(ZMQError) {
    for (index, output) in rawRows.outputs.enumerated() {
      let bytes = output.buffer.bytes.extracting(rawRows.bytes(in: output))
      try self.expectSent(self.socket.send(bytes, more: more || index + 1 < rawRows.outputs.count))
    }
  }

  private func send(_ header: [UInt8], _ part: [UInt8]? = nil) throws(ZMQError) {
    try self.expectSent(self.socket.send(header.span.bytes, more: part != nil))
    if let part { try self.expectSent(self.socket.send(part.span.bytes)) }
  }

  /// A DEALER that is connected somewhere and has no high-water mark takes every message.
  private func expectSent(_ result: SendResult) throws(ZMQError) {
    guard result == .sent else { throw ZMQError(code: .again, call: "zmq_send to \(self.endpoint)") }
  }
}
