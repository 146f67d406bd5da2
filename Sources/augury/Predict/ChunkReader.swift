import Glibc
import ZeroMQ

/// Reads a file or the standard input on a thread of its own, a chunk at a time and only when asked.
///
/// A read may wait for as long as it takes somebody to type, which no task may.
final class ChunkReader: Sendable {
  private typealias Continuation = CheckedContinuation<Result<[UInt8], InputError>, Never>

  private static let chunkBytes = 256 << 10

  private let requests: Mailbox<Continuation>

  /// Opens a file, or the standard input for nil or `-`. Throws ``InputError`` if it cannot be read.
  init(path: String?) throws {
    let isStandardInput = path == nil || path == "-"
    let descriptor = isStandardInput ? STDIN_FILENO : open(path ?? "", O_RDONLY | O_CLOEXEC)
    let name = isStandardInput ? "the standard input" : "'\(path ?? "")'"
    guard descriptor >= 0 else { throw Self.error(name) }
    var information = stat()
    if fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFDIR {
      throw InputError(message: "cannot read \(name): it is a directory, expected a file")
    }
    let requests = try Mailbox<Continuation>()
    self.requests = requests
    _ = try LoopThread(name: "augury-input") {
      Self.serve(requests, reading: descriptor, name: name)
      if !isStandardInput { Glibc.close(descriptor) }
    }
  }

  deinit {
    self.requests.close()
  }

  /// The next bytes; none at the end of the input. Throws ``InputError``.
  func next() async throws(InputError) -> [UInt8] {
    let result = await withCheckedContinuation { continuation in
      precondition(self.requests.post(continuation), "the reader is open as long as it is held")
    }
    return try result.get()
  }

  private static func serve(_ requests: Mailbox<Continuation>, reading descriptor: Int32, name: String) {
    var poller = Poller(capacity: 1)
    _ = poller.add(fileDescriptor: requests.fileDescriptor)
    var batch: [Continuation] = []
    while !requests.isClosed {
      // Without a socket there is nothing that could end the wait by an error.
      _ = try? poller.wait(milliseconds: nil)
      requests.drain(into: &batch)
      for continuation in batch { continuation.resume(returning: Self.read(descriptor, name: name)) }
    }
  }

  private static func read(_ descriptor: Int32, name: String) -> Result<[UInt8], InputError> {
    var count = 0
    let chunk = [UInt8](unsafeUninitializedCapacity: Self.chunkBytes) { buffer, initialized in
      repeat { count = Glibc.read(descriptor, buffer.baseAddress, buffer.count) } while count < 0 && errno == EINTR
      initialized = max(0, count)
    }
    return count < 0 ? .failure(Self.error(name)) : .success(chunk)
  }

  private static func error(_ name: String) -> InputError {
    InputError(message: "cannot read \(name): \(String(cString: strerror(errno)))")
  }
}
