import Glibc
import Store
import ZeroMQ

/// An open file. Reads and writes say where, so several threads may use it at once; closed with the last reference.
final class OpenFile: Sendable {
  let path: String
  private let descriptor: Int32

  private init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit {
    close(self.descriptor)
  }

  static func forReading(_ path: String) throws(FileError) -> OpenFile {
    // Not to wait for a writer should the path be a pipe.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .last("open", path) }
    return OpenFile(path: path, descriptor: descriptor)
  }

  /// Opens the file, made empty if it is not there, and keeps other processes from doing the same.
  static func forWriting(_ path: String) throws(FileError) -> OpenFile {
    let file = try OpenFile.forWritingUnlocked(path)
    try file.lock()
    return file
  }

  /// Opens the file, made empty if it is not there.
  static func forWritingUnlocked(_ path: String) throws(FileError) -> OpenFile {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .last("open", path) }
    return OpenFile(path: path, descriptor: descriptor)
  }

  /// Keeps other processes from writing to it. Throws ``FileError`` that hopes for the `lock` if one does already.
  func lock() throws(FileError) {
    guard flock(self.descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .last("lock", self.path) }
  }

  /// Copies the file's first bytes, durably if that is wanted, into a new file that takes its name. Whoever has the old
  /// one open, and locked, writes on into what nobody will ever read.
  func replacedByCopy(ofBytes length: UInt64, isSynced: Bool) throws(FileError) -> OpenFile {
    let name = self.path + ".taken-over"
    try Paths.remove(name)
    let copy = try OpenFile.forWriting(name)
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { block.deallocate() }
    var offset: UInt64 = 0
    while offset < length {
      let wanted = Int(min(UInt64(block.count), length - offset))
      let count = try self.read(into: UnsafeMutableRawBufferPointer(rebasing: block[..<wanted]), at: offset)
      // Shorter than its checkpoint: whoever opens the copy sees that.
      if count == 0 { break }
      try copy.write(UnsafeRawBufferPointer(rebasing: block[..<count]), at: offset)
      offset += UInt64(count)
    }
    if isSynced { try copy.sync() }
    guard rename(name, self.path) == 0 else { throw .last("rename to '\(self.path)' the file", name) }
    return OpenFile(path: self.path, descriptor: try copy.duplicate())
  }

  /// Whether the name that it was opened by is still that of this file.
  func stillHasItsName() throws(FileError) -> Bool {
    var status = stat()
    guard fstat(self.descriptor, &status) == 0 else { throw .last("inspect", self.path) }
    guard let named = try Paths.status(self.path) else { return false }
    return named.st_dev == status.st_dev && named.st_ino == status.st_ino
  }

  private func duplicate() throws(FileError) -> Int32 {
    // The lock belongs to the open file, which both descriptors share.
    let duplicate = fcntl(self.descriptor, F_DUPFD_CLOEXEC, 0)
    guard duplicate >= 0 else { throw .last("open", self.path) }
    return duplicate
  }

  /// What the file is now.
  func fingerprint() throws(FileError) -> FileFingerprint {
    var status = stat()
    guard fstat(self.descriptor, &status) == 0 else { throw .last("inspect", self.path) }
    return FileFingerprint(status)
  }

  /// Reads up to the buffer's length and returns how much there was; 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(FileError) -> Int {
    while true {
      let count = pread(self.descriptor, buffer.baseAddress, buffer.count, off_t(clamping: offset))
      if count >= 0 { return count }
      guard errno == EINTR else { throw .last("read", self.path) }
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError) {
    var rest = bytes[...]
    var offset = offset
    while !rest.isEmpty {
      let buffer = UnsafeRawBufferPointer(rebasing: rest)
      let count = pwrite(self.descriptor, buffer.baseAddress, buffer.count, off_t(clamping: offset))
      if count < 0 {
        guard errno == EINTR else { throw .last("write", self.path) }
        continue
      }
      rest = rest.dropFirst(count)
      offset += UInt64(count)
    }
  }

  /// Writes frames one after the other, up to a thousand.
  func write(_ frames: [Frame], at offset: UInt64) throws(FileError) {
    var pieces = frames.map { frame in
      frame.withUnsafeBytes { iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count) }
    }
    // The pieces point into the frames.
    defer { withExtendedLifetime(frames) {} }
    var (first, offset) = (0, offset)
    while first < pieces.count {
      let count = pieces[first...].withUnsafeBufferPointer { rest in
        pwritev(self.descriptor, rest.baseAddress, Int32(rest.count), off_t(clamping: offset))
      }
      if count < 0 {
        guard errno == EINTR else { throw .last("write", self.path) }
        continue
      }
      offset += UInt64(count)
      var written = count
      while first < pieces.count, written >= pieces[first].iov_len {
        written -= pieces[first].iov_len
        first += 1
      }
      if written > 0 {
        pieces[first].iov_base += written
        pieces[first].iov_len -= written
      }
    }
  }

  func truncate(to length: UInt64) throws(FileError) {
    guard ftruncate(self.descriptor, off_t(clamping: length)) == 0 else { throw .last("truncate", self.path) }
  }

  /// Returns once what was written is on disk.
  func sync() throws(FileError) {
    guard fdatasync(self.descriptor) == 0 else { throw .last("sync", self.path) }
  }

  /// Tells the system that the file will be read from front to back.
  func willBeReadInOrder() {
    _ = posix_fadvise(self.descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
  }
}

extension FileFingerprint {
  init(_ status: stat) {
    let modified = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000).partialValue
    self.init(
      size: UInt64(clamping: status.st_size), modifiedNanoseconds: modified &+ Int64(status.st_mtim.tv_nsec),
      inode: UInt64(status.st_ino))
  }
}
