// Sending bytes of our own: routing ids, headers, small replies.

import CZMQ

extension Socket {
  /// Sends a copy of these bytes as one part; up to 33 bytes cost no allocation.
  ///
  /// - Parameters:
  ///   - bytes: What the part shall hold.
  ///   - more: Whether another part of the same message follows.
  ///   - wait: Whether to wait while the peer's queue is full, for `SocketOptions.sendTimeout` at most.
  /// - Returns: What became of it; on a ROUTER with `routerMandatory` the first part, the routing id, tells.
  /// - Throws: `ZMQError`, `.terminated` once the context was shut down, `.wrongState` on a REQ or REP out of turn.
  public borrowing func send(_ bytes: RawSpan, more: Bool = false, wait: Bool = false) throws(ZMQError) -> SendResult {
    try unsafe bytes.withUnsafeBytes { (buffer) throws(ZMQError) -> SendResult in
      try unsafe self.send(buffer, more: more, wait: wait)
    }
  }

  /// Sends a copy of these bytes as one part; see `send(_:more:wait:)` for a span.
  @unsafe
  public borrowing func send(
    _ buffer: UnsafeRawBufferPointer,
    more: Bool = false,
    wait: Bool = false,
  ) throws(ZMQError) -> SendResult {
    let flags = Self.flags(more: more, wait: wait)
    while unsafe zmq_send(self.handle.raw, buffer.baseAddress, buffer.count, flags) < 0 {
      if let result = try self.failedSend(more: more, "zmq_send") { return result }
    }
    self.handle.isMidMessage = more
    return .sent
  }
}
