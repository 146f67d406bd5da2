import Glibc

/// What the system says about this process.
enum ProcessFigures {
  /// Resident memory in bytes, from `/proc/self/statm`; 0 if it cannot be read.
  static var residentBytes: UInt64 {
    guard let fields = Self.read("/proc/self/statm")?.split(separator: " "), fields.count > 1 else { return 0 }
    return (UInt64(fields[1]) ?? 0) * UInt64(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Processor time of all threads so far, in microseconds.
  static var cpuMicroseconds: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec / 1000)
  }

  /// The name of this host, or `localhost`.
  static var hostName: String {
    var bytes = [UInt8](repeating: 0, count: 256)
    let status = bytes.withUnsafeMutableBytes { buffer -> Int32 in
      guard let start = buffer.assumingMemoryBound(to: CChar.self).baseAddress else { return -1 }
      // One byte is kept back, for a name that fills the buffer comes without its zero.
      return gethostname(start, buffer.count - 1)
    }
    let name = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    return status == 0 && !name.isEmpty ? name : "localhost"
  }

  private static func read(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }
}
