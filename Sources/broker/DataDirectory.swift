import Glibc

/// A broker's data directory, locked for as long as the broker lives: two brokers on one store would both run its jobs.
///
/// The lock is the kernel's, so it ends with the process however that ends.
struct DataDirectory: ~Copyable {
  private let descriptor: Int32

  /// Locks a directory that is there. Throws ``SettingsError`` if another broker has it, or it cannot be written to.
  init(locking path: String) throws(SettingsError) {
    let file = "\(path)/broker.lock"
    self.descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard self.descriptor >= 0 else {
      throw SettingsError(message: "cannot open \(file): \(String(cString: strerror(errno)))")
    }
    guard flock(self.descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let reason = errno == EWOULDBLOCK ? "another broker uses it" : String(cString: strerror(errno))
      close(self.descriptor)
      throw SettingsError(message: "cannot lock the data directory \(path): \(reason)")
    }
  }

  deinit {
    close(self.descriptor)
  }
}
