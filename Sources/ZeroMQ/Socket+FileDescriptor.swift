// Waiting for many sockets at a cost that does not grow with their number.

import CZMQ

extension Socket {
  /// A descriptor that becomes readable when something may have happened to the socket, for a ``WakeSet``:
  /// a ``Poller`` asks every one of its sockets each time, which shows from some dozens on.
  ///
  /// It tells of changes, not of a state. It stays readable until the socket was received from in vain, and after a
  /// receive or a send it may be silent although there is a message: after either, receive until there is nothing, and
  /// only then wait.
  ///
  /// - Throws: `ZMQError`, `.terminated` once the context was shut down.
  public borrowing func fileDescriptor() throws(ZMQError) -> Int32 {
    try self.handle.get(ZMQ_FD, "fileDescriptor")
  }
}
