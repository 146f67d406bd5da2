// What became of a message handed to a socket.

/// What became of a part that was handed to a socket.
///
/// Anything but `sent` ends the message: nothing of it goes out, no further part of it may be sent, and the socket is
/// ready for the next message.
public enum SendResult: Equatable, Sendable {
  /// The part is libzmq's now.
  case sent
  /// The peer's queue is full, or there is no peer yet. The part is still the caller's and may be tried again.
  case wouldBlock
  /// No peer has this routing id, or it went away in the middle of the message.
  case unreachable
}
