// The one way into a loop's thread from outside.

import CZMQ
import Glibc
import Synchronization

/// Messages for a loop, posted from any thread or task and drained by the loop.
///
/// The loop polls `fileDescriptor` beside its sockets. However many messages come before it wakes, it is woken once.
/// The descriptor is good for as long as the mailbox is held.
public final class Mailbox<Message: Sendable>: Sendable {
  private struct State {
    var pending: [Message] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let isSignalled = Atomic<Bool>(false)

  /// Readable whenever there may be something to drain.
  public let fileDescriptor: Int32

  /// Whether something was posted since the last drain, without a system call: for a loop that does not wait now. The
  /// descriptor may be readable all the same, for nothing, and has to be drained then.
  public var mayHaveMessages: Bool { self.isSignalled.load(ordering: .acquiring) }

  /// Makes an open, empty mailbox.
  ///
  /// - Throws: `ZMQError`, `.tooManyOpen` if the process has no room for another descriptor.
  public init() throws(ZMQError) {
    self.fileDescriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
    guard self.fileDescriptor >= 0 else { throw ZMQError.last("eventfd") }
  }

  deinit {
    Glibc.close(self.fileDescriptor)
  }

  /// Puts a message behind those that wait, from any thread; false if the mailbox is closed and the message was not
  /// taken.
  public func post(_ message: Message) -> Bool {
    let (accepted, isFirst) = self.state.withLock { state in
      guard !state.isClosed else { return (false, false) }
      state.pending.append(message)
      return (true, state.pending.count == 1)
    }
    if isFirst { self.wake() }
    return accepted
  }

  /// Moves all that waits into an array, in the order of posting; what that array held is let go.
  ///
  /// The array's memory takes the place of the one handed out, so a loop that drains into the same array again and
  /// again allocates nothing. A closed mailbox still gives out what was posted before.
  public func drain(into batch: inout [Message]) {
    batch.removeAll(keepingCapacity: true)
    // First the wake-up, then the messages: one posted in between causes a needless wake-up, the other order would
    // lose a needed one.
    self.clearWakeUp()
    self.state.withLock { state in swap(&state.pending, &batch) }
  }

  /// Refuses all further messages, and wakes the loop.
  public func close() {
    let wasOpen = self.state.withLock { state in
      defer { state.isClosed = true }
      return !state.isClosed
    }
    if wasOpen { self.wake() }
  }

  /// Whether the mailbox refuses messages.
  public var isClosed: Bool {
    self.state.withLock { $0.isClosed }
  }

  private func wake() {
    self.isSignalled.store(true, ordering: .releasing)
    var one: UInt64 = 1
    // `EAGAIN` would mean a counter near 2^64, which is readable all the same.
    while unsafe write(self.fileDescriptor, &one, MemoryLayout<UInt64>.size) < 0 && errno == EINTR {}
  }

  private func clearWakeUp() {
    self.isSignalled.store(false, ordering: .sequentiallyConsistent)
    var count: UInt64 = 0
    // `EAGAIN` means that nobody has posted since the last time.
    while unsafe read(self.fileDescriptor, &count, MemoryLayout<UInt64>.size) < 0 && errno == EINTR {}
  }
}
