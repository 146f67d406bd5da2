import Store

/// Bytes that are read from front to back: a file, or what a compressed file holds.
protocol ByteSource: AnyObject {
  /// How many bytes there are, if that is known beforehand.
  var size: UInt64? { get }
  /// Bytes of the file itself that have been read.
  var filePosition: UInt64 { get }

  /// Reads the next bytes, up to the buffer's length, and returns how many; 0 at the end.
  ///
  /// Throws ``InputError``.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputError) -> Int

  /// Goes to so many bytes from the beginning, of which there must be so many. If that takes long it goes a part of the
  /// way, returns false and must be called again.
  ///
  /// Throws ``InputError``.
  func seek(to offset: UInt64) throws(InputError) -> Bool
}

/// A file as it is.
final class PlainSource: ByteSource {
  private let file: OpenFile
  private let length: UInt64
  private(set) var filePosition: UInt64 = 0

  /// The first `size` bytes of a file.
  init(_ file: OpenFile, size: UInt64) {
    self.file = file
    self.length = size
  }

  var size: UInt64? { self.length }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputError) -> Int {
    let count = Int(min(UInt64(buffer.count), self.length - self.filePosition))
    guard count > 0 else { return 0 }
    let read: Int
    do throws(FileError) {
      read = try self.file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: self.filePosition)
    } catch {
      throw .unreadable(error)
    }
    guard read > 0 else {
      throw .changed(path: self.file.path, "it ends at byte \(self.filePosition), not at \(self.length)")
    }
    self.filePosition += UInt64(read)
    return read
  }

  func seek(to offset: UInt64) throws(InputError) -> Bool {
    guard offset <= self.length else {
      throw .changed(path: self.file.path, "it has \(self.length) bytes, and the job was at byte \(offset)")
    }
    self.filePosition = offset
    return true
  }
}
