// Parts and chains from the arena to a socket, moved or shared; never copied, never waiting.

import CZMQ

extension MessageArena {
  /// Sends a part by moving its bytes out: it is empty afterwards, and still to be released.
  ///
  /// - Returns: What became of it; unless it is `.sent` the part is as it was.
  /// - Throws: `ZMQError`, `.terminated` once the context was shut down.
  public mutating func send(_ part: PartRef, to socket: borrowing Socket, more: Bool) throws(ZMQError) -> SendResult {
    try unsafe socket.sendPart(self.message(of: part), more: more, wait: false)
  }

  /// Sends a part and keeps it too, so that it can be sent again; both share the bytes.
  ///
  /// - Returns: What became of it.
  /// - Throws: `ZMQError`, `.terminated` once the context was shut down.
  public mutating func sendCopy(
    _ part: PartRef,
    to socket: borrowing Socket,
    more: Bool,
  ) throws(ZMQError) -> SendResult {
    let message = unsafe self.message(of: part)
    return try unsafe socket.sendShared(more: more, wait: false) { unsafe zmq_msg_copy($0, message) }
  }

  /// A frame with the part's bytes, shared and not copied, for other threads; the part is as it was.
  public mutating func frame(sharing part: PartRef) -> Frame {
    unsafe Frame(sharing: self.message(of: part))
  }

  /// Sends a whole chain as the end of a message, moving the bytes out; the parts are still to be released.
  ///
  /// - Returns: What became of the message; after `.wouldBlock` the chain is as it was, after `.unreachable` parts of
  ///   it may be empty.
  /// - Throws: `ZMQError`, `.terminated` once the context was shut down.
  public mutating func sendChain(_ chain: PartRef, to socket: borrowing Socket) throws(ZMQError) -> SendResult {
    var part = chain
    while let next = self.next(after: part) {
      let result = try self.send(part, to: socket, more: true)
      guard result == .sent else { return result }
      part = next
    }
    return try self.send(part, to: socket, more: false)
  }

  /// Sends a whole chain as the end of a message and keeps it too, so that it can be sent again.
  ///
  /// - Returns: What became of the message.
  /// - Throws: `ZMQError`, `.terminated` once the context was shut down.
  public mutating func sendChainCopy(_ chain: PartRef, to socket: borrowing Socket) throws(ZMQError) -> SendResult {
    var part = chain
    while let next = self.next(after: part) {
      let result = try self.sendCopy(part, to: socket, more: true)
      guard result == .sent else { return result }
      part = next
    }
    return try self.sendCopy(part, to: socket, more: false)
  }
}
