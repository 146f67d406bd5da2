// Waiting on a few descriptors with one system call a look.

import CZMQ
import Glibc

/// A fixed set of descriptors to wait for: those of sockets, of mailboxes, or any others.
///
/// A look is one poll(2), where a `Poller` makes one for its set and one more for every socket in it. In return it only
/// says that something may have happened, and the rule of `Socket.fileDescriptor()` is the caller's to keep: wait only
/// after each socket has been received from in vain since anything was last sent by it.
@safe
public struct DescriptorPoller: ~Copyable {
  private let items: UnsafeMutablePointer<pollfd>
  private let count: Int
  /// A thread that lets others run and does not run again for so long has others beside it that need the processor.
  private static let setAsideNanoseconds: UInt64 = 1_000_000
  /// Whether others needed the processor during the last look, which ended for that.
  public private(set) var wasSetAside = false

  /// Makes a set; the descriptors must be good for as long as it is used.
  public init(_ descriptors: [Int32]) {
    precondition(!descriptors.isEmpty, "A poller needs at least one descriptor")
    self.count = descriptors.count
    unsafe self.items = .allocate(capacity: descriptors.count)
    for (index, descriptor) in descriptors.enumerated() {
      precondition(descriptor >= 0, "Cannot poll file descriptor \(descriptor)")
      unsafe (self.items + index).initialize(to: pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
    }
  }

  deinit {
    unsafe self.items.deallocate()
  }

  /// Waits until something may have happened or a moment has come. It looks for a while before it sleeps, and lets
  /// other threads run between two looks.
  ///
  /// For a loop that is busy: what comes within microseconds need not wake its thread, which costs both ends more. A
  /// thread that looks is no sleeper whose wake-up the system would prefer to others, so it sleeps at once if others
  /// need its processor. The sleep is counted in whole milliseconds, rounded up.
  ///
  /// - Parameters:
  ///   - deadline: The moment to wait for at most, in nanoseconds of ``MonotonicClock``; `nil` waits for ever.
  ///   - nanoseconds: How long to look.
  /// - Returns: Whether a descriptor is readable or a signal came, either of which may be for nothing.
  /// - Throws: `ZMQError` if the system does not take the set.
  @discardableResult
  public mutating func wait(
    untilNanoseconds deadline: UInt64?, lookingFirstFor nanoseconds: UInt64
  ) throws(ZMQError) -> Bool {
    var now = MonotonicClock.nanoseconds
    let (sum, overflow) = now.addingReportingOverflow(nanoseconds)
    let end = min(overflow ? .max : sum, deadline ?? .max)
    self.wasSetAside = false
    repeat {
      if try self.poll(0) { return true }
      sched_yield()
      let earlier = now
      now = MonotonicClock.nanoseconds
      self.wasSetAside = now - earlier > Self.setAsideNanoseconds
    } while now < end && !self.wasSetAside
    return try self.poll(deadline.map { Int32(clamping: Poller.milliseconds(until: $0, now: now)) } ?? -1)
  }

  /// Whether the last look found this descriptor, in the order in which they were given, readable.
  public func isReadable(_ index: Int) -> Bool {
    precondition(index >= 0 && index < self.count, "A poller has no entry \(index)")
    return unsafe self.items[index].revents != 0
  }

  private mutating func poll(_ milliseconds: Int32) throws(ZMQError) -> Bool {
    let ready = unsafe Glibc.poll(self.items, nfds_t(self.count), milliseconds)
    if ready >= 0 { return ready > 0 }
    guard errno == EINTR else { throw ZMQError.last("poll") }
    return true
  }
}
