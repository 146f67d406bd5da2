// One part in, one part out: the two calls that everything else sends and receives with.

import CZMQ

extension Socket {
  /// Receives one part and returns its size in bytes; nil if there is none, or none came within the receive time-out.
  ///
  /// - Parameter message: An initialised message; what it held is let go.
  borrowing func receivePart(_ message: UnsafeMutablePointer<zmq_msg_t>, wait: Bool) throws(ZMQError) -> Int? {
    while true {
      let bytes = unsafe zmq_msg_recv(message, self.handle.raw, wait ? 0 : ZMQ_DONTWAIT)
      if bytes >= 0 { return Int(bytes) }
      let code = zmq_errno()
      if code == EAGAIN { return nil }
      if code != EINTR { throw ZMQError.last("zmq_msg_recv") }
    }
  }

  /// Receives a part that must be there: libzmq delivers the parts of a message all together.
  @discardableResult
  borrowing func receiveNextPart(_ message: UnsafeMutablePointer<zmq_msg_t>) throws(ZMQError) -> Int {
    guard let bytes = try unsafe self.receivePart(message, wait: false) else {
      throw ZMQError(code: .wrongState, call: "zmq_msg_recv(the rest of a message)")
    }
    return bytes
  }

  /// Receives and lets go the rest of a message, so that the next receive starts at the next message.
  borrowing func discardParts() throws(ZMQError) -> Discarded {
    var scratch = zmq_msg_t()
    return try unsafe withUnsafeMutablePointer(to: &scratch) { (part) throws(ZMQError) -> Discarded in
      unsafe zmq_msg_init(part)
      defer { unsafe zmq_msg_close(part) }
      var discarded = Discarded()
      repeat {
        discarded.bytes += try unsafe self.receiveNextPart(part)
        discarded.parts += 1
      } while unsafe zmq_msg_more(part) != 0
      return discarded
    }
  }

  /// Sends one part. After `.sent` the message is empty; otherwise it is as it was.
  borrowing func sendPart(
    _ message: UnsafeMutablePointer<zmq_msg_t>,
    more: Bool,
    wait: Bool,
  ) throws(ZMQError) -> SendResult {
    while unsafe zmq_msg_send(message, self.handle.raw, Self.flags(more: more, wait: wait)) < 0 {
      if let result = try self.failedSend(more: more, "zmq_msg_send") { return result }
    }
    self.handle.isMidMessage = more
    return .sent
  }

  /// Sends a copy that shares the bytes of a message; that message stays as it was.
  ///
  /// - Parameter copy: Makes the given message a copy (`zmq_msg_copy`) and returns the status.
  borrowing func sendShared(
    more: Bool,
    wait: Bool,
    copy: (UnsafeMutablePointer<zmq_msg_t>) -> Int32,
  ) throws(ZMQError) -> SendResult {
    var scratch = zmq_msg_t()
    return try unsafe withUnsafeMutablePointer(to: &scratch) { (part) throws(ZMQError) -> SendResult in
      unsafe zmq_msg_init(part)
      defer { unsafe zmq_msg_close(part) }
      guard unsafe copy(part) == 0 else { throw ZMQError.last("zmq_msg_copy") }
      return try unsafe self.sendPart(part, more: more, wait: wait)
    }
  }

  static func flags(more: Bool, wait: Bool) -> Int32 {
    (more ? ZMQ_SNDMORE : 0) | (wait ? 0 : ZMQ_DONTWAIT)
  }

  /// Sorts out why a send failed; `nil` if a signal came in between and it must be tried again.
  borrowing func failedSend(more: Bool, _ call: StaticString) throws(ZMQError) -> SendResult? {
    let code = zmq_errno()
    if code == EINTR { return nil }
    let wasMidMessage = self.handle.isMidMessage
    self.handle.isMidMessage = false
    switch code {
    case EAGAIN where wasMidMessage:
      self.endDroppedMessage(more: more)
      return .unreachable
    case EAGAIN: return .wouldBlock
    case EHOSTUNREACH: return .unreachable
    default: throw ZMQError(code: ZMQError.Code(rawValue: code), call: "\(call)")
    }
  }

  /// Ends a message whose peer went away in its middle.
  ///
  /// The kinds that deal out to their peers refuse one part then, and drop the parts that follow up to the last; the
  /// parts of the *next* message, if this one were left without an end.
  private borrowing func endDroppedMessage(more: Bool) {
    switch self.kind {
    case .dealer, .push, .req: if more { _ = unsafe zmq_send(self.handle.raw, nil, 0, ZMQ_DONTWAIT) }
    default: break
    }
  }
}

/// What was received only to be let go.
struct Discarded: Equatable {
  var parts = 0
  var bytes = 0
}
