import Glibc

/// Tells of one thread's time; may be asked by any other.
protocol ThreadTimes: Sendable {
  /// All of it; nil if the system does not tell.
  func reading() -> ThreadReading?

  /// ``ThreadReading/waited`` alone, which costs a third.
  func waited() -> UInt64?
}

/// A thread's times as Linux keeps them in `/proc`.
final class SystemThreadTimes: ThreadTimes {
  private let clock: clockid_t
  private let schedule: Int32
  private let status: Int32

  /// Those of the calling thread; nil if the system keeps none.
  init?() {
    var clock = clockid_t()
    guard pthread_getcpuclockid(pthread_self(), &clock) == 0 else { return nil }
    self.clock = clock
    self.schedule = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)
    self.status = open("/proc/thread-self/stat", O_RDONLY | O_CLOEXEC)
    if self.schedule < 0 || self.status < 0 || self.waited() == nil { return nil }
  }

  deinit {
    if self.schedule >= 0 { close(self.schedule) }
    if self.status >= 0 { close(self.status) }
  }

  func reading() -> ThreadReading? {
    var time = timespec()
    guard clock_gettime(self.clock, &time) == 0 else { return nil }
    let ran = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    // What it waited comes last: a wait that ended before it ran on is then not missing.
    guard let isRunnable = self.isRunnable(), let waited = self.waited() else { return nil }
    return ThreadReading(ran: ran, waited: waited, isRunnable: isRunnable)
  }

  /// The second of `RAN WAITED TIMES`.
  func waited() -> UInt64? {
    Self.read(self.schedule) { text in
      guard let start = text.firstIndex(of: UInt8(ascii: " ")) else { return nil }
      var value: UInt64 = 0
      for byte in text[(start + 1)...] {
        guard byte != UInt8(ascii: " ") else { return value }
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        value = value &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
      }
      return nil
    }
  }

  /// The letter after `ID (NAME) `; the name may hold anything.
  private func isRunnable() -> Bool? {
    Self.read(self.status) { text in
      guard let end = text.lastIndex(of: UInt8(ascii: ")")), end + 2 < text.endIndex else { return nil }
      return text[end + 2] == UInt8(ascii: "R")
    }
  }

  private static func read<Value>(_ descriptor: Int32, _ body: (Slice<UnsafeRawBufferPointer>) -> Value?) -> Value? {
    withUnsafeTemporaryAllocation(byteCount: 512, alignment: 1) { buffer in
      let count = pread(descriptor, buffer.baseAddress, buffer.count, 0)
      return count > 0 ? body(UnsafeRawBufferPointer(buffer)[..<count]) : nil
    }
  }
}
