public import BasicContainers

// What the broker says, and what somebody says who is no broker.

extension ClientSession {
  /// A unit came: its header part and so many payload parts. The driver has cut it out of its message with ``Prefix``.
  ///
  /// Whatever the bytes are, nothing traps: what cannot be used is counted, and its payload released.
  public mutating func received(
    header: RawSpan, parts: Int, payload: PayloadRef, into actions: inout Actions
  ) {
    do throws(WireError) {
      let prefix = try Prefix(decoding: header)
      self.unansweredPings = 0
      switch prefix.command {
      case .reply:
        try self.receivedReply(header, prefix, parts: parts, payload: payload, into: &actions)
        return
      case .pong:
        try self.receivedPong(header, into: &actions)
      default:
        self.counters.unexpectedCommands += 1
      }
    } catch {
      self.counters.malformedUnits += 1
    }
    if payload != .none { actions.append(.release(payload)) }
  }

  private mutating func receivedReply(
    _ header: RawSpan, _ prefix: Prefix, parts: Int, payload: PayloadRef, into actions: inout Actions
  ) throws(WireError) {
    let reply: ReplyHeader
    do throws(WireError) {
      reply = try ReplyHeader(decoding: header)
      guard parts == reply.parts else { throw WireError.missingParts(announced: reply.parts, present: parts) }
      guard parts > 0 || !reply.hasOrigin else { throw WireError.missingParts(announced: 1, present: 0) }
    } catch {
      // Its caller need not wait for the deadline if the damage left the id.
      if let id = RequestHeader.requestID(inDamaged: header), let entry = self.outstanding.remove(id) {
        self.fail(entry, .malformedReply(error), isAnswered: true, into: &actions)
      }
      throw error
    }
    if self.outstanding.remove(reply.request) != nil {
      self.counters.replied += 1
      actions.append(.complete(reply.request, .replied(reply, payload: payload)))
      return
    }
    if reply.request.rawValue > 0 && reply.request.rawValue < self.nextID {
      self.counters.lateReplies += 1
    } else {
      self.counters.unknownReplies += 1
    }
    if payload != .none { actions.append(.release(payload)) }
  }

  private mutating func receivedPong(_ header: RawSpan, into actions: inout Actions) throws(WireError) {
    let pong = try PingHeader(decoding: header)
    guard pong.instance != 0 else { throw .invalidValue(field: "instance", value: 0) }
    guard pong.nonce > 0 && pong.nonce <= self.lastNonce else {
      self.counters.unknownPongs += 1
      return
    }
    defer { self.instance = pong.instance }
    guard let known = self.instance, known != pong.instance else { return }
    for id in self.outstanding.ids(below: pong.nonce) {
      guard let entry = self.outstanding.remove(id) else { continue }
      self.fail(entry, .brokerRestarted, into: &actions)
    }
  }
}
