import Glibc

/// The part of the input that is in memory. Places are counted in bytes from the input's beginning.
final class InputWindow {
  private let source: any ByteSource
  /// Bytes that are read at once, at least.
  private let blockBytes: Int
  private var buffer: UnsafeMutableRawBufferPointer
  /// The first byte that is held.
  private(set) var start = 0
  /// The byte after the last that is held.
  private(set) var end = 0
  /// Whether the input ends at ``end``.
  private(set) var isAtEnd = false

  init(_ source: any ByteSource, blockBytes: Int = 256 << 10) {
    precondition(blockBytes > 0, "Cannot read in blocks of \(blockBytes) bytes")
    self.source = source
    self.blockBytes = blockBytes
    self.buffer = .allocate(byteCount: max(2 * blockBytes, 16), alignment: 4096)
  }

  deinit {
    self.buffer.deallocate()
  }

  /// How many bytes the input has, if that is known beforehand.
  var size: UInt64? { self.source.size }
  /// Bytes of the file that have been read.
  var filePosition: UInt64 { self.source.filePosition }

  /// Bytes that are held, until more are read.
  func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: self.buffer[range.lowerBound - self.start..<range.upperBound - self.start])
  }

  subscript(place: Int) -> UInt8 { self.buffer[place - self.start] }

  /// The first line feed in the range, or nil.
  func firstLineFeed(in range: Range<Int>) -> Int? {
    guard !range.isEmpty, let base = self.buffer.baseAddress else { return nil }
    let from = base + (range.lowerBound - self.start)
    guard let found = memchr(from, Int32(UInt8(ascii: "\n")), range.count) else { return nil }
    return range.lowerBound + (UnsafeMutableRawPointer(found) - from)
  }

  /// Reads on, and forgets what lies before `kept`.
  ///
  /// Throws ``InputError``.
  func read(keeping kept: Int) throws(InputError) {
    self.moveToFront(kept)
    let filled = self.end - self.start
    if self.buffer.count - filled < self.blockBytes { self.grow(holding: filled) }
    let count = try self.source.read(into: UnsafeMutableRawBufferPointer(rebasing: self.buffer[filled...]))
    self.end += count
    self.isAtEnd = count == 0
  }

  /// Goes to another place of the input; what was held may be gone. If that takes long it goes a part of the way,
  /// returns false and must be called again.
  ///
  /// Throws ``InputError``.
  func jump(to place: Int) throws(InputError) -> Bool {
    guard place < self.start || place > self.end else { return true }
    guard try self.source.seek(to: UInt64(place)) else { return false }
    self.start = place
    self.end = place
    self.isAtEnd = false
    return true
  }

  private func moveToFront(_ kept: Int) {
    let rest = kept - self.start..<self.end - self.start
    guard rest.lowerBound > 0 else { return }
    UnsafeMutableRawBufferPointer(rebasing: self.buffer[..<rest.count])
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: self.buffer[rest]))
    self.start = kept
  }

  private func grow(holding filled: Int) {
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(2 * self.buffer.count, filled + self.blockBytes), alignment: 4096)
    larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: self.buffer[..<filled]))
    self.buffer.deallocate()
    self.buffer = larger
  }
}
