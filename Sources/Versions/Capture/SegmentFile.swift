import Glibc

/// An open segment; closed with the last reference.
final class SegmentFile {
  private let path: String
  private let descriptor: Int32

  /// Opens a segment that is there for reading and writing, or makes it.
  init(opening path: String, making: Bool = false) throws(CaptureFileError) {
    self.path = path
    self.descriptor = open(path, O_RDWR | O_CLOEXEC | (making ? O_CREAT : 0), 0o640)
    guard self.descriptor >= 0 else { throw .last("open", path) }
  }

  deinit {
    Glibc.close(self.descriptor)
  }

  /// Bytes from an offset on, as many as there are and no more than `most`; none at the end.
  func read(at offset: UInt64, most: Int) throws(CaptureFileError) -> [UInt8] {
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
      var result = 0
      repeat {
        result = pread(self.descriptor, buffer.baseAddress, most, off_t(clamping: offset))
      } while result < 0 && errno == EINTR
      failed = result < 0
      count = max(0, result)
    }
    if failed { throw .last("read", self.path) }
    return bytes
  }

  /// Writes all bytes at an offset.
  func write(_ bytes: [UInt8], at offset: UInt64) throws(CaptureFileError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        pwrite(
          self.descriptor, buffer.baseAddress.map { $0 + done }, bytes.count - done,
          off_t(clamping: offset + UInt64(done)))
      }
      if count < 0 {
        guard errno == EINTR else { throw .last("write", self.path) }
        continue
      }
      done += count
    }
  }

  func truncate(to length: UInt64) throws(CaptureFileError) {
    guard ftruncate(self.descriptor, off_t(clamping: length)) == 0 else { throw .last("truncate", self.path) }
  }

  /// Returns once what was written is on disk.
  func sync() throws(CaptureFileError) {
    guard fdatasync(self.descriptor) == 0 else { throw .last("sync", self.path) }
  }
}
