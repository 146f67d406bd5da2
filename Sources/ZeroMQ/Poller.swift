// Waiting for any of a fixed set of sockets and file descriptors.

import CZMQ
import Glibc

/// What a socket or file descriptor can be ready for.
public struct PollEvents: OptionSet, Hashable, Sendable {
  /// The bits as libzmq has them.
  public let rawValue: Int16

  /// Wraps bits as libzmq has them.
  public init(rawValue: Int16) {
    self.rawValue = rawValue
  }

  /// A whole message, or some bytes, can be read.
  public static let readable = PollEvents(rawValue: Int16(ZMQ_POLLIN))
  /// At least one message, or some bytes, can be written.
  public static let writable = PollEvents(rawValue: Int16(ZMQ_POLLOUT))
  /// A file descriptor is broken or closed; sockets do not report it.
  public static let failed = PollEvents(rawValue: Int16(ZMQ_POLLERR))
}

/// A set of sockets and file descriptors to wait for.
///
/// The set is an array of fixed size, so a wait allocates nothing (libzmq's own part neither, for up to 16 entries).
/// Each entry is named by the index that `add` gave it.
@safe
public struct Poller: ~Copyable {
  private let items: UnsafeMutablePointer<zmq_pollitem_t>
  private let capacity: Int

  /// How many entries have been in use at once.
  private var used = 0

  /// The socket of each entry, kept so that a closed one is noticed.
  private var handles: [SocketHandle?]

  /// Makes an empty set for up to so many entries.
  public init(capacity: Int) {
    precondition(capacity >= 1, "A poller needs room for at least one entry")
    self.capacity = capacity
    unsafe self.items = .allocate(capacity: capacity)
    self.handles = Array(repeating: nil, count: capacity)
    for index in 0..<capacity {
      unsafe (self.items + index).initialize(to: Self.vacant)
    }
  }

  deinit {
    unsafe self.items.deallocate()
  }

  /// A negative descriptor is what poll(2) passes over.
  private static var vacant: zmq_pollitem_t {
    unsafe zmq_pollitem_t(socket: nil, fd: -1, events: 0, revents: 0)
  }
}

// MARK: - The set

extension Poller {
  /// Adds a socket and returns the entry's index.
  ///
  /// The socket must be removed from the set before it is closed; waiting on a closed socket is a programming error
  /// and stops the program.
  public mutating func add(_ socket: borrowing Socket, for events: PollEvents = .readable) -> Int {
    let handle = socket.handle
    let index = unsafe self.insert(zmq_pollitem_t(socket: handle.raw, fd: 0, events: events.rawValue, revents: 0))
    self.handles[index] = handle
    return index
  }

  /// Adds a file descriptor and returns the entry's index.
  public mutating func add(fileDescriptor: Int32, for events: PollEvents = .readable) -> Int {
    precondition(fileDescriptor >= 0, "Cannot poll file descriptor \(fileDescriptor)")
    return unsafe self.insert(zmq_pollitem_t(socket: nil, fd: fileDescriptor, events: events.rawValue, revents: 0))
  }

  /// Changes what an entry is waited for; nothing makes it rest.
  public mutating func set(_ events: PollEvents, at index: Int) {
    self.check(index)
    unsafe self.items[index].events = events.rawValue
    unsafe self.items[index].revents = 0
  }

  /// Takes an entry out; its index may be given to a later one.
  public mutating func remove(at index: Int) {
    self.check(index)
    unsafe self.items[index] = Self.vacant
    self.handles[index] = nil
  }

  private mutating func insert(_ item: zmq_pollitem_t) -> Int {
    var index = 0
    while index < self.used, unsafe self.items[index].socket != nil || self.items[index].fd >= 0 { index += 1 }
    precondition(index < self.capacity, "A poller made for \(self.capacity) entries is full")
    unsafe self.items[index] = item
    self.used = max(self.used, index + 1)
    return index
  }

  private func check(_ index: Int) {
    precondition(index >= 0 && index < self.used, "A poller has no entry \(index)")
  }
}

// MARK: - Waiting

extension Poller {
  /// Waits until an entry is ready or the time is over, and returns how many are ready.
  ///
  /// - Parameter milliseconds: How long to wait at most; 0 only looks, `nil` waits for ever.
  /// - Throws: `ZMQError`, `.terminated` once the context of one of the sockets was shut down.
  @discardableResult
  public mutating func wait(milliseconds: Int?) throws(ZMQError) -> Int {
    for index in 0..<self.used {
      if let handle = self.handles[index] { precondition(handle.isOpen, "Entry \(index) is a closed socket") }
    }
    let start = milliseconds.map { $0 > 0 } == true ? Self.milliseconds() : 0
    var left = milliseconds
    while true {
      let timeout = left.map { min(max($0, 0), Int(Int32.max)) } ?? -1
      let ready = unsafe zmq_poll(self.items, Int32(self.used), timeout)
      if ready >= 0 { return Int(ready) }
      guard zmq_errno() == EINTR else { throw ZMQError.last("zmq_poll") }
      if let milliseconds, milliseconds > 0 { left = milliseconds - (Self.milliseconds() - start) }
    }
  }

  /// Waits until an entry is ready or a moment has come, and returns how many are ready.
  ///
  /// The wait is counted in whole milliseconds, rounded up: it does not end before the deadline without cause.
  ///
  /// - Parameters:
  ///   - deadline: The moment to wait for at most, in nanoseconds; `nil` waits for ever.
  ///   - now: The present on the same clock, in nanoseconds.
  /// - Throws: `ZMQError`, `.terminated` once the context of one of the sockets was shut down.
  @discardableResult
  public mutating func wait(untilNanoseconds deadline: UInt64?, now: UInt64) throws(ZMQError) -> Int {
    try self.wait(milliseconds: deadline.map { Self.milliseconds(until: $0, now: now) })
  }

  /// Whether the last wait found this entry readable.
  public func isReadable(_ index: Int) -> Bool {
    self.events(at: index).contains(.readable)
  }

  /// Whether the last wait found this entry writable.
  public func isWritable(_ index: Int) -> Bool {
    self.events(at: index).contains(.writable)
  }

  /// All that the last wait found at this entry.
  public func events(at index: Int) -> PollEvents {
    self.check(index)
    return PollEvents(rawValue: unsafe self.items[index].revents)
  }

  static func milliseconds(until deadline: UInt64, now: UInt64) -> Int {
    guard deadline > now else { return 0 }
    let nanoseconds = deadline - now
    let whole = nanoseconds / 1_000_000
    return Int(min(whole + (nanoseconds % 1_000_000 == 0 ? 0 : 1), UInt64(Int32.max)))
  }

  private static func milliseconds() -> Int {
    Int(MonotonicClock.nanoseconds / 1_000_000)
  }
}
