import Glibc

/// Keeps other processes from changing the schema; ends with its last use.
struct MigrationLock: ~Copyable {
  private let descriptor: Int32

  /// Waits until nobody else has it. The file beside the database stays: whoever removed it would let two in.
  ///
  /// Throws ``StoreError`` `unusable`.
  init(database: String) throws(StoreError) {
    let path = "\(database).lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw StoreError(.unusable, "cannot make '\(path)': \(String(cString: strerror(errno)))")
    }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else {
        let reason = String(cString: strerror(errno))
        close(descriptor)
        throw StoreError(.unusable, "cannot lock '\(path)': \(reason)")
      }
    }
    self.descriptor = descriptor
  }

  deinit {
    close(self.descriptor)
  }
}
