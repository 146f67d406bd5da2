// Whole messages as frames, for programs that pass them from thread to thread.

import CZMQ

/// A message received as frames.
public struct ReceivedFrames: Sendable {
  /// The parts, in order; at least one.
  public let frames: [Frame]

  /// How many further parts there were, beyond the most that were asked for; they are gone.
  public let discardedParts: Int

  /// Whether the message had more parts than were asked for.
  public var tooManyParts: Bool { self.discardedParts > 0 }
}

extension Socket {
  /// Receives one whole message, or `nil` if there is none.
  ///
  /// - Parameters:
  ///   - maxParts: How many parts to keep at most; the others are read and let go.
  ///   - wait: Whether to wait for a message, for `SocketOptions.receiveTimeout` at most.
  /// - Throws: `ZMQError`, `.terminated` once the context was shut down.
  public borrowing func receiveFrames(maxParts: Int, wait: Bool = false) throws(ZMQError) -> ReceivedFrames? {
    var frames: [Frame] = []
    let discarded = try self.receiveFrames(into: &frames, maxParts: maxParts, wait: wait)
    return discarded.map { ReceivedFrames(frames: frames, discardedParts: $0) }
  }

  /// Receives one whole message into an array whose memory is used again and again; what it held is let go.
  ///
  /// - Parameters:
  ///   - frames: Gets the parts, in order; none if there is no message.
  ///   - maxParts: How many parts to keep at most; the others are read and let go.
  ///   - wait: Whether to wait for a message, for `SocketOptions.receiveTimeout` at most.
  /// - Returns: How many parts were let go; `nil` if there is no message.
  /// - Throws: `ZMQError`, `.terminated` once the context was shut down.
  public borrowing func receiveFrames(
    into frames: inout [Frame],
    maxParts: Int,
    wait: Bool = false,
  ) throws(ZMQError) -> Int? {
    precondition(maxParts >= 1, "A message has at least one part")
    frames.removeAll(keepingCapacity: true)
    var scratch = zmq_msg_t()
    return try unsafe withUnsafeMutablePointer(to: &scratch) { (part) throws(ZMQError) -> Int? in
      unsafe zmq_msg_init(part)
      defer { unsafe zmq_msg_close(part) }
      guard try unsafe self.receivePart(part, wait: wait) != nil else { return nil }
      var more = true
      while true {
        more = unsafe zmq_msg_more(part) != 0
        frames.append(unsafe Frame(moving: part))
        guard more, frames.count < maxParts else { break }
        try unsafe self.receiveNextPart(part)
      }
      return more ? try self.discardParts().parts : 0
    }
  }

  /// Sends a frame as one part, without copying its bytes; the frame stays as it was.
  ///
  /// - Returns: What became of it.
  /// - Throws: `ZMQError`, `.terminated` once the context was shut down.
  public borrowing func send(_ frame: Frame, more: Bool = false, wait: Bool = false) throws(ZMQError) -> SendResult {
    try frame.send(to: self, more: more, wait: wait)
  }

  /// Sends frames as the parts of one message, all or none.
  ///
  /// - Parameters:
  ///   - frames: The parts in order; at least one.
  ///   - more: Whether another part of the same message follows the last one.
  ///   - wait: Whether to wait while the peer's queue is full, for `SocketOptions.sendTimeout` at most.
  /// - Returns: What became of the message.
  /// - Throws: `ZMQError`, `.terminated` once the context was shut down.
  public borrowing func send(_ frames: [Frame], more: Bool = false, wait: Bool = false) throws(ZMQError) -> SendResult {
    precondition(!frames.isEmpty, "A message has at least one part")
    for index in frames.indices {
      let result = try frames[index].send(to: self, more: more || index < frames.count - 1, wait: wait)
      guard result == .sent else { return result }
    }
    return .sent
  }

  /// Sends a header of our own and frames behind it, by themselves a message or a unit of one, all or none.
  ///
  /// - Parameter more: Whether another unit of the same message follows.
  /// - Returns: What became of the message.
  /// - Throws: `ZMQError`, `.terminated` once the context was shut down.
  public borrowing func send(
    header: RawSpan,
    followedBy frames: [Frame],
    more: Bool = false,
    wait: Bool = false,
  ) throws(ZMQError) -> SendResult {
    let result = try self.send(header, more: more || !frames.isEmpty, wait: wait)
    return result == .sent && !frames.isEmpty ? try self.send(frames, more: more, wait: wait) : result
  }
}
