// A message part that is owned by reference and may cross threads.

import CZMQ
import Glibc
import Synchronization

/// One message part whose bytes never change, for programs whose messages cross threads.
///
/// Sending a frame shares its bytes with libzmq and leaves the frame as it was: it may be read, sent again after a
/// failure, or sent to many peers. The memory goes when the last of them lets go. (A send that emptied the frame could
/// pull the bytes from under a span that another holder of the frame is reading.)
@safe
public final class Frame: @unchecked Sendable {
  // On the heap of its own: libzmq keeps parts of up to 33 bytes *in* the message, which therefore must not move.
  private let message: UnsafeMutablePointer<zmq_msg_t>

  /// Sharing marks the message as shared before it counts; two threads must not do so at once.
  private let sharing = Mutex<Void>(())

  /// Makes a frame of so many bytes and lets a closure fill them; what it leaves unfilled becomes zero.
  ///
  /// - Throws: `ZMQError`, `.outOfMemory` if there is no room for the bytes.
  public init(byteCount: Int, initializingWith fill: (inout OutputRawSpan) -> Void) throws(ZMQError) {
    precondition(byteCount >= 0, "A frame cannot have \(byteCount) bytes")
    unsafe self.message = .allocate(capacity: 1)
    unsafe self.message.initialize(to: zmq_msg_t())
    guard unsafe zmq_msg_init_size(self.message, byteCount) == 0 else {
      let error = ZMQError.last("zmq_msg_init_size(\(byteCount))")
      unsafe zmq_msg_init(self.message)
      throw error
    }
    let buffer = unsafe UnsafeMutableRawBufferPointer(start: zmq_msg_data(self.message), count: byteCount)
    var output = unsafe OutputRawSpan(buffer: buffer, initializedCount: 0)
    fill(&output)
    unsafe output.append(repeating: 0, count: output.freeCapacity, as: UInt8.self)
    _ = unsafe output.finalize(for: buffer)
  }

  /// Makes a frame that holds a copy of these bytes.
  ///
  /// - Throws: `ZMQError`, `.outOfMemory` if there is no room for the bytes.
  public convenience init(copying bytes: RawSpan) throws(ZMQError) {
    try self.init(byteCount: bytes.byteCount) { output in
      unsafe output.withUnsafeMutableBytes { buffer, initialized in
        unsafe bytes.withUnsafeBytes { unsafe buffer.copyMemory(from: $0) }
        initialized = bytes.byteCount
      }
    }
  }

  /// Makes a frame of bytes that came from `malloc` or its kin, without copying them. Who lets go of them last frees
  /// them, on whichever thread.
  ///
  /// - Throws: `ZMQError`, `.outOfMemory` if there is no room for the frame; the bytes stay the caller's then.
  public init(adopting bytes: UnsafeMutableRawBufferPointer) throws(ZMQError) {
    unsafe self.message = .allocate(capacity: 1)
    unsafe self.message.initialize(to: zmq_msg_t())
    let status = unsafe zmq_msg_init_data(
      self.message, bytes.baseAddress, bytes.count, { bytes, _ in unsafe free(bytes) }, nil)
    guard status == 0 else {
      let error = ZMQError.last("zmq_msg_init_data(\(bytes.count))")
      unsafe zmq_msg_init(self.message)
      throw error
    }
  }

  /// Takes over what a message holds and leaves that one empty.
  init(moving other: UnsafeMutablePointer<zmq_msg_t>) {
    unsafe self.message = .allocate(capacity: 1)
    unsafe self.message.initialize(to: zmq_msg_t())
    unsafe zmq_msg_init(self.message)
    unsafe zmq_msg_move(self.message, other)
  }

  /// Shares what a message holds, which no other thread may be sending or sharing at the time.
  init(sharing other: UnsafeMutablePointer<zmq_msg_t>) {
    unsafe self.message = .allocate(capacity: 1)
    unsafe self.message.initialize(to: zmq_msg_t())
    unsafe zmq_msg_init(self.message)
    unsafe zmq_msg_copy(self.message, other)
  }

  deinit {
    unsafe zmq_msg_close(self.message)
    unsafe self.message.deallocate()
  }

  /// How many bytes the frame has.
  public var byteCount: Int {
    unsafe zmq_msg_size(self.message)
  }

  /// The frame's bytes, for as long as the frame is held.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = unsafe RawSpan(_unsafeStart: zmq_msg_data(self.message), byteCount: self.byteCount)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Calls a closure with the frame's bytes, which must not be kept beyond it.
  public func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(UnsafeRawBufferPointer(start: zmq_msg_data(self.message), count: self.byteCount))
  }

  /// Sends the bytes as one part, shared.
  func send(to socket: borrowing Socket, more: Bool, wait: Bool) throws(ZMQError) -> SendResult {
    try unsafe socket.sendShared(more: more, wait: wait) { copy in
      self.sharing.withLock { _ in unsafe zmq_msg_copy(copy, self.message) }
    }
  }
}
