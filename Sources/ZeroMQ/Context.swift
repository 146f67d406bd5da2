// The process's share of libzmq: I/O threads and the table of sockets.

import CZMQ

/// A libzmq context: the I/O threads that its sockets share.
///
/// A class, and `Sendable`, because libzmq's contexts are thread safe and every thread makes its own sockets from the
/// one context. Each socket keeps its context alive, so a context ends only after the last of its sockets has closed;
/// the other order would block for ever.
@safe
public final class Context: @unchecked Sendable {
  let raw: UnsafeMutableRawPointer

  /// Makes a context; its threads start with its first socket.
  ///
  /// - Parameters:
  ///   - ioThreads: Threads that move bytes between sockets and the network.
  ///   - maxSockets: How many sockets may be open at once, 1...65,535. Peers do not count.
  ///   - zeroCopyReceive: Whether received parts are views into shared receive buffers. Off by default, since a program
  ///     that queues messages would keep a whole buffer of many kilobytes alive for each small part it holds.
  ///   - ipv6: Whether sockets speak IPv6 besides IPv4.
  /// - Throws: `ZMQError` naming the option that was refused.
  public init(
    ioThreads: Int = 1,
    maxSockets: Int = 16_384,
    zeroCopyReceive: Bool = false,
    ipv6: Bool = false,
  ) throws(ZMQError) {
    guard let raw = unsafe zmq_ctx_new() else { throw ZMQError.last("zmq_ctx_new") }
    unsafe self.raw = raw
    try self.set(ZMQ_IO_THREADS, "ioThreads", to: ioThreads)
    try self.set(ZMQ_MAX_SOCKETS, "maxSockets", to: maxSockets)
    try self.set(CZMQ_ZERO_COPY_RECV, "zeroCopyReceive", to: zeroCopyReceive ? 1 : 0)
    try self.set(ZMQ_IPV6, "ipv6", to: ipv6 ? 1 : 0)
  }

  deinit {
    // Only a signal makes this fail with the context still there.
    while unsafe zmq_ctx_term(self.raw) != 0 && zmq_errno() == EINTR {}
  }

  /// Makes every wait on a socket of this context, now and later, fail with `.terminated`.
  ///
  /// This is how a thread that waits in a socket is told to stop; it must then let its sockets go. May be called from
  /// any thread, and more than once.
  public func shutdown() {
    _ = unsafe zmq_ctx_shutdown(self.raw)
  }

  private func set(_ option: Int32, _ name: String, to value: Int) throws(ZMQError) {
    // Beyond this libzmq would not refuse but fail to allocate its table, and abort.
    let most = option == ZMQ_MAX_SOCKETS ? unsafe zmq_ctx_get(self.raw, ZMQ_SOCKET_LIMIT) : Int32.max
    guard let value = Int32(exactly: value), value <= most else {
      throw ZMQError(code: .invalidArgument, call: "zmq_ctx_set(\(name) = \(value))")
    }
    guard unsafe zmq_ctx_set(self.raw, option, value) == 0 else {
      throw ZMQError.last("zmq_ctx_set(\(name) = \(value))")
    }
  }
}
