// Whole messages from a socket into the arena.

import CZMQ

extension MessageArena {
  /// Receives one whole message without waiting.
  ///
  /// A message is always read to its end, whatever becomes of it, so that the next receive begins with the next
  /// message.
  ///
  /// - Parameters:
  ///   - socket: Where to receive from.
  ///   - maxParts: How many parts to keep at most; the others are read and let go.
  /// - Throws: `ZMQError`, `.terminated` once the context was shut down; nothing is kept then.
  public mutating func receive(from socket: borrowing Socket, maxParts: Int) throws(ZMQError) -> Reception {
    precondition(maxParts >= 1, "A message has at least one part")
    guard let first = self.allocate() else { return try self.receiveWithoutRoom(from: socket) }
    do throws(ZMQError) {
      guard let bytes = try unsafe socket.receivePart(self.message(of: first), wait: false) else {
        self.release(first)
        return .nothing
      }
      return try self.receiveRest(from: socket, first: first, firstBytes: bytes, maxParts: maxParts)
    } catch {
      self.release(first)
      throw error
    }
  }

  /// Receives the parts after the first one. If it throws, all parts kept so far are in the chain.
  private mutating func receiveRest(
    from socket: borrowing Socket,
    first: PartRef,
    firstBytes: Int,
    maxParts: Int,
  ) throws(ZMQError) -> Reception {
    var last = first
    var message = unsafe self.message(of: first)
    var count = 1
    var bytes = firstBytes
    while unsafe zmq_msg_more(message) != 0 {
      guard count < maxParts else {
        let discarded = try socket.discardParts()
        return .message(
          ReceivedMessage(first: first, count: count, bytes: bytes, discardedParts: discarded.parts)
        )
      }
      guard let part = self.allocate() else {
        let discarded = try socket.discardParts()
        self.release(first)
        return .arenaFull(parts: count + discarded.parts, bytes: bytes + discarded.bytes)
      }
      self.link(part, after: last)
      unsafe message = self.message(of: part)
      bytes += try unsafe socket.receiveNextPart(message)
      last = part
      count += 1
    }
    return .message(ReceivedMessage(first: first, count: count, bytes: bytes, discardedParts: 0))
  }

  /// Reads a message, if there is one, for which there is not even a first slot.
  private borrowing func receiveWithoutRoom(from socket: borrowing Socket) throws(ZMQError) -> Reception {
    guard try socket.hasInput() else { return .nothing }
    let discarded = try socket.discardParts()
    return .arenaFull(parts: discarded.parts, bytes: discarded.bytes)
  }
}
