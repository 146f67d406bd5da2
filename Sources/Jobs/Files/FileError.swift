import Glibc

/// A file could not be used: what was tried, on which path, and the system's reason.
struct FileError: Error, Hashable {
  let operation: String
  let path: String
  /// The system's number, or 0 if the reason is in the words of ``detail``.
  let number: Int32
  let detail: String

  /// Reads the system's reason, which must be that of the call just made.
  static func last(_ operation: String, _ path: String) -> FileError {
    let number = errno
    return FileError(operation: operation, path: path, number: number, detail: String(cString: strerror(number)))
  }

  init(operation: String, path: String, number: Int32 = 0, detail: String) {
    self.operation = operation
    self.path = path
    self.number = number
    self.detail = detail
  }

  /// What must change for the same to succeed another time.
  enum Hope {
    /// Room on the disk.
    case room
    /// The end of another process's hold on the file.
    case lock
    /// Memory, or file numbers, of the process or the system.
    case resources
  }

  /// What must change for the same to succeed another time; nil if nothing is known that would help.
  var hope: Hope? {
    switch self.number {
    case ENOSPC, EDQUOT: .room
    case EWOULDBLOCK: .lock
    case EMFILE, ENFILE, ENOMEM, EINTR: .resources
    default: nil
    }
  }
}

extension FileError: CustomStringConvertible {
  var description: String { "cannot \(self.operation) '\(self.path)': \(self.detail)" }
}
