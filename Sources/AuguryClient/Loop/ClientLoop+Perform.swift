import BasicContainers
import QueueCore
import ZeroMQ

// What the session asks for, in the order of its actions.

extension ClientLoop {
  mutating func perform() {
    for index in 0..<self.actions.count { self.perform(self.actions[index]) }
    self.actions.removeAll(keepingCapacity: true)
  }

  private mutating func perform(_ action: ClientSession.Action) {
    switch action {
    case .send(let id, let header, let payload):
      self.backlog.append(request: id, header: header, payload: self.payloads.take(payload))
    case .cancel(let id):
      guard !self.backlog.withdraw(id) else { return }
      self.backlog.append(cancel: CancelHeader(request: id).encoded.array)
    case .ping(let nonce):
      self.backlog.append(ping: PingHeader(nonce: nonce).encoded.array)
    case .complete(let id, let outcome):
      self.complete(id, outcome)
    case .release(let payload):
      _ = self.payloads.take(payload)
    }
  }

  private mutating func complete(_ id: RequestID, _ outcome: ClientOutcome) {
    let call = self.calls.removeValue(forKey: id)
    switch outcome {
    case .replied(let reply, let payload):
      let frames = self.payloads.take(payload)
      call?.end(Self.result(of: reply, frames))
    case .failed(let failure):
      _ = self.backlog.withdraw(id)
      call?.end(.failure(PredictionError(failure, endpoint: self.endpoint)))
    }
  }

  private static func result(of reply: ReplyHeader, _ frames: [Frame]) -> PendingCall.Outcome {
    guard reply.status == .ok else {
      return .failure(PredictionError(reply, detail: frames.dropFirst(reply.hasOrigin ? 1 : 0)))
    }
    do throws(WireError) {
      var origin: Origin?
      // The session has made sure that a reply with an origin has a part for it.
      if reply.hasOrigin, let first = frames.first { origin = try Origin(decoding: first.bytes) }
      return .success(
        RawReply(
          contentType: reply.contentType, parts: reply.hasOrigin ? Array(frames.dropFirst()) : frames,
          origin: origin, attempts: Int(reply.attempts), queueMicroseconds: reply.queueMicroseconds,
          computeMicroseconds: reply.computeMicroseconds, number: reply.number))
    } catch {
      return .failure(
        PredictionError(
          .internal, reason: "MALFORMED_REPLY", message: "the reply's origin cannot be read: \(error)", cause: error))
    }
  }

  /// Units that share a message at most, and the bytes of content after which a message is closed.
  private static let unitsPerMessage = 64
  private static let bytesPerMessage = 64 << 10

  /// Sends what waits until the socket takes no more, and then waits for room.
  ///
  /// Before a broker was heard only PINGs go out: libzmq keeps what it is given until there is a connection, and cannot
  /// be asked to forget it.
  mutating func flush() throws(ZMQError) {
    var isBlocked = false
    if self.session.isBrokerHeard {
      while !isBlocked, let first = self.backlog.first() { isBlocked = try !self.sendMessage(startingWith: first) }
    } else if let ping = self.backlog.waitingPing() {
      isBlocked = try !self.send(ping, more: false)
    }
    self.poller.set(isBlocked ? [.readable, .writable] : .readable, at: self.socketEntry)
  }

  /// Sends what waits as units of one message: one wake-up at the other end for all that came in a turn. False if the
  /// socket takes none of it; it takes or drops a message as a whole.
  private mutating func sendMessage(startingWith first: Backlog.Unit) throws(ZMQError) -> Bool {
    var next: Backlog.Unit? = first
    var units = 0
    var bytes = 0
    while let unit = next {
      units += 1
      bytes += unit.payload.reduce(0) { $0 + $1.byteCount }
      let closes = self.backlog.count == 1 || units == Self.unitsPerMessage || bytes >= Self.bytesPerMessage
      guard try self.send(unit, more: !closes) else { return false }
      next = closes ? nil : self.backlog.first()
    }
    return true
  }

  private mutating func send(_ unit: Backlog.Unit, more: Bool) throws(ZMQError) -> Bool {
    guard try self.socket.send(header: unit.header.span.bytes, followedBy: unit.payload, more: more) == .sent else {
      return false
    }
    self.backlog.remove(unit)
    return true
  }
}
