import CZlib
import Store

/// What a file compressed with gzip holds: one member or several, one after the other.
///
/// Bytes are counted as they come out. Zeros after the last member are padding, as gzip itself has it; anything else
/// there, and any damage, is an error that names the byte of the file.
final class GzipSource: ByteSource {
  private static let blockBytes = 256 << 10
  /// Pieces in which bytes are passed over.
  private static let skipBytes = 64 << 10
  /// Bytes that are passed over in one call.
  private static let seekBytes: UInt64 = 64 << 20

  private let compressed: PlainSource
  private let path: String
  // On the heap of its own: zlib keeps the structure's address.
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableRawBufferPointer
  private var position: UInt64 = 0
  private var isBetweenMembers = true
  private var members = 0
  private var isAtEnd = false

  init(_ file: OpenFile, size: UInt64) throws(InputError) {
    self.compressed = PlainSource(file, size: size)
    self.path = file.path
    self.stream = .allocate(capacity: 1)
    self.stream.initialize(to: z_stream())
    self.input = .allocate(byteCount: Self.blockBytes, alignment: 4096)
    guard czlib_gzip_begin(self.stream) == Z_OK else { throw .noMemory(bytes: Self.blockBytes, nil) }
  }

  deinit {
    inflateEnd(self.stream)
    self.stream.deallocate()
    self.input.deallocate()
  }

  /// Whether a file begins as gzip does (RFC 1952 §2.3.1).
  static func isGzip(_ file: OpenFile) throws(FileError) -> Bool {
    var magic: [UInt8] = [0, 0]
    let count = try magic.withUnsafeMutableBufferPointer { buffer throws(FileError) in
      try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
    }
    return count == 2 && magic == [0x1F, 0x8B]
  }

  var size: UInt64? { nil }
  var filePosition: UInt64 { self.compressed.filePosition - UInt64(self.stream.pointee.avail_in) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputError) -> Int {
    guard !buffer.isEmpty else { return 0 }
    self.stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    self.stream.pointee.avail_out = UInt32(clamping: buffer.count)
    let room = Int(self.stream.pointee.avail_out)
    while !self.isAtEnd, Int(self.stream.pointee.avail_out) == room {
      if self.stream.pointee.avail_in == 0, try !self.refill() {
        try self.expectEndOfMember()
        break
      }
      if self.isBetweenMembers, try !self.beginMember() { break }
      try self.inflateOnce()
    }
    let count = room - Int(self.stream.pointee.avail_out)
    self.position += UInt64(count)
    return count
  }

  func seek(to offset: UInt64) throws(InputError) -> Bool {
    if offset < self.position { try self.startAgain() }
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.skipBytes, alignment: 16)
    defer { scratch.deallocate() }
    let stop = min(offset, self.position + Self.seekBytes)
    while self.position < stop {
      let count = Int(min(UInt64(scratch.count), stop - self.position))
      guard try self.read(into: UnsafeMutableRawBufferPointer(rebasing: scratch[..<count])) > 0 else {
        throw .changed(path: self.path, "it holds \(self.position) bytes, and the job was at byte \(offset)")
      }
    }
    return self.position == offset
  }

  // MARK: Members

  private func refill() throws(InputError) -> Bool {
    let count = try self.compressed.read(into: self.input)
    self.stream.pointee.next_in = self.input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    self.stream.pointee.avail_in = UInt32(count)
    return count > 0
  }

  private func expectEndOfMember() throws(InputError) {
    guard !self.isBetweenMembers || self.members == 0 else {
      self.isAtEnd = true
      return
    }
    throw self.damage("the compressed data ends before it is complete")
  }

  /// Makes ready for the next member; false if there is nothing but padding.
  private func beginMember() throws(InputError) -> Bool {
    if self.members > 0 {
      while self.stream.pointee.avail_in > 0, self.stream.pointee.next_in.pointee == 0 {
        self.stream.pointee.next_in += 1
        self.stream.pointee.avail_in -= 1
      }
      guard self.stream.pointee.avail_in > 0 else { return true }
      guard self.stream.pointee.next_in.pointee == 0x1F else {
        throw self.damage("what follows the compressed data is not gzip")
      }
      inflateReset(self.stream)
    }
    self.isBetweenMembers = false
    return true
  }

  private func inflateOnce() throws(InputError) {
    guard !self.isBetweenMembers else { return }
    switch inflate(self.stream, Z_NO_FLUSH) {
    case Z_STREAM_END:
      self.members += 1
      self.isBetweenMembers = true
    case Z_OK, Z_BUF_ERROR: break
    case Z_MEM_ERROR: throw .noMemory(bytes: Self.blockBytes, nil)
    default:
      let reason = self.stream.pointee.msg.map { String(cString: $0) } ?? "it is not gzip"
      throw self.damage("the compressed data is damaged: \(reason)")
    }
  }

  private func startAgain() throws(InputError) {
    _ = try self.compressed.seek(to: 0)
    self.stream.pointee.avail_in = 0
    inflateReset(self.stream)
    self.position = 0
    self.members = 0
    self.isBetweenMembers = true
    self.isAtEnd = false
  }

  private func damage(_ what: String) -> InputError {
    .damaged(path: self.path, "byte \(self.filePosition): \(what)")
  }
}
