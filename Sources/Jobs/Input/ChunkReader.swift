import Glibc
import QueueCore
import ZeroMQ

/// Cuts a file of JSON Lines into chunks, without looking into the rows.
///
/// A row is a line that is not blank, that is, has more than spaces, tabs and carriage returns; the last one need not
/// end with a line feed, and one carriage return before the line feed is not part of it. A byte order mark at the
/// file's beginning is passed over. A chunk ends when it has its number of rows, when the next row would make it larger
/// than a request may be, or before a row that alone is larger than that, which is a chunk of its own and is not
/// loaded. So where a chunk ends depends on what follows its beginning and on nothing else, and memory is the same
/// whatever the input's size.
final class ChunkReader {
  enum Found {
    case chunk(InputChunk)
    /// There are no further rows; the input ends here.
    case end(offset: UInt64, line: UInt64)
    /// Much was read and no chunk is complete. Ask again, after looking at what else there is to do.
    case more
  }

  /// Blocks that one call reads before it answers ``Found/more``.
  static let blocksPerCall = 16

  private struct Overlong {
    let offset: UInt64
    var isBlank: Bool
    var lastByte: UInt8
  }

  private let file: OpenFile
  private let size: UInt64
  private let rowLimit: Int
  private let byteLimit: Int
  /// Bytes that are read at once, at least.
  private let blockBytes: Int

  /// Bytes of the file from `base` on, of which `filled` are there.
  private var buffer: UnsafeMutableRawBufferPointer
  private var base: UInt64
  private var filled = 0
  /// Where the next line begins in the buffer, or goes on if `overlong` is set.
  private var lineStart = 0
  /// There is no line feed from `lineStart` to here.
  private var searched = 0
  /// Lines before the next one.
  private var lines: UInt64
  /// Rows in earlier chunks.
  private var rows: UInt64
  /// Set within a line whose beginning has left the buffer because it is too long to be a row.
  private var overlong: Overlong?
  /// Such a line that is complete and not handed out yet.
  private var finishedOverlong: InputChunk?
  private var builder = ChunkBuilder()

  /// Reads the first `size` bytes of the file, from the checkpoint on.
  init(
    _ file: OpenFile, size: UInt64, from checkpoint: JobCheckpoint, rowLimit: Int, byteLimit: Int,
    blockBytes: Int = 1 << 20
  ) {
    precondition(rowLimit > 0 && byteLimit > 1 && blockBytes > 0, "A chunk must have room for a row")
    self.file = file
    self.size = size
    self.rowLimit = rowLimit
    self.byteLimit = byteLimit
    self.blockBytes = blockBytes
    self.base = checkpoint.inputOffset
    self.lines = checkpoint.lines
    self.rows = checkpoint.rows
    self.buffer = .allocate(byteCount: max(2 * blockBytes, 16), alignment: 4096)
  }

  deinit {
    self.buffer.deallocate()
  }

  /// Finds the next chunk.
  ///
  /// Throws ``InputError``, also if the file has become shorter.
  func next() throws(InputError) -> Found {
    if let chunk = self.finishedOverlong {
      self.finishedOverlong = nil
      return .chunk(chunk)
    }
    var blocks = 0
    while true {
      if let newline = self.findNewline() {
        if let chunk = try self.lineEnded(at: newline, hasNewline: true) { return .chunk(chunk) }
      } else if self.base + UInt64(self.filled) < self.size {
        guard blocks < Self.blocksPerCall else { return .more }
        blocks += 1
        try self.readBlock()
      } else if self.lineStart < self.filled || self.overlong != nil {
        if let chunk = try self.lineEnded(at: self.filled, hasNewline: false) { return .chunk(chunk) }
      } else if !self.builder.isEmpty {
        return .chunk(try self.finishChunk())
      } else {
        return .end(offset: self.base + UInt64(self.lineStart), line: self.lines)
      }
    }
  }

  // MARK: Lines

  private func findNewline() -> Int? {
    guard self.searched < self.filled, let start = self.buffer.baseAddress else { return nil }
    guard let found = memchr(start + self.searched, Int32(UInt8(ascii: "\n")), self.filled - self.searched) else {
      self.searched = self.filled
      return nil
    }
    let newline = UnsafeMutableRawPointer(found) - start
    self.searched = newline
    return newline
  }

  /// Takes the line that ends at `end`, unless the chunk must end before it: then the line is left for the next call.
  private func lineEnded(at end: Int, hasNewline: Bool) throws(InputError) -> InputChunk? {
    if let overlong = self.overlong {
      return try self.overlongEnded(overlong, at: end, hasNewline: hasNewline)
    }
    var content = self.lineStart..<end
    if let last = content.last, self.buffer[last] == UInt8(ascii: "\r") { content = content.lowerBound..<last }
    guard !self.isBlank(content) else {
      self.consumeLine(to: end, hasNewline: hasNewline)
      return nil
    }
    let bytes = content.count + 1
    if !self.builder.isEmpty, self.builder.byteCount + bytes > self.byteLimit { return try self.finishChunk() }
    let offset = self.base + UInt64(self.lineStart)
    if bytes > self.byteLimit {
      self.consumeLine(to: end, hasNewline: hasNewline)
      return self.overlongChunk(offset: offset, bytes: UInt64(content.count))
    }
    self.builder.add(
      content: content, newline: hasNewline ? end : nil, offset: offset, line: self.lines + 1)
    self.consumeLine(to: end, hasNewline: hasNewline)
    return self.builder.rows.count == self.rowLimit ? try self.finishChunk() : nil
  }

  private func consumeLine(to end: Int, hasNewline: Bool) {
    self.lineStart = hasNewline ? end + 1 : end
    self.searched = self.lineStart
    self.lines += 1
  }

  private func isBlank(_ range: Range<Int>) -> Bool {
    self.buffer[range].allSatisfy { byte in
      byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
  }

  // MARK: Chunks

  private func finishChunk() throws(InputError) -> InputChunk {
    let payload: Frame
    do throws(ZMQError) {
      payload = try self.builder.payload(from: UnsafeRawBufferPointer(self.buffer))
    } catch {
      throw .noMemory(bytes: self.builder.byteCount, error)
    }
    // Blank lines that were passed over since the last row belong to this chunk.
    let chunk = InputChunk(
      firstRow: self.rows + 1, rows: self.builder.rows, payload: payload, overlongBytes: nil,
      endOffset: self.overlong?.offset ?? self.base + UInt64(self.lineStart), endLine: self.lines)
    self.rows += UInt64(self.builder.rows.count)
    self.builder = ChunkBuilder()
    return chunk
  }

  private func overlongChunk(offset: UInt64, bytes: UInt64) -> InputChunk {
    self.rows += 1
    return InputChunk(
      firstRow: self.rows, rows: [RowPlace(offset: offset, line: self.lines, payloadStart: 0)], payload: nil,
      overlongBytes: bytes, endOffset: self.base + UInt64(self.lineStart), endLine: self.lines)
  }

  private func overlongEnded(_ overlong: Overlong, at end: Int, hasNewline: Bool) throws(InputError) -> InputChunk? {
    let isBlank = overlong.isBlank && self.isBlank(self.lineStart..<end)
    // The chunk before it ends where this line begins, so finish that first.
    let before = isBlank || self.builder.isEmpty ? nil : try self.finishChunk()
    let lastByte = end > self.lineStart ? self.buffer[end - 1] : overlong.lastByte
    let bytes = self.base + UInt64(end) - overlong.offset - (lastByte == UInt8(ascii: "\r") ? 1 : 0)
    self.overlong = nil
    self.consumeLine(to: end, hasNewline: hasNewline)
    guard !isBlank else { return nil }
    let chunk = self.overlongChunk(offset: overlong.offset, bytes: bytes)
    guard let before else { return chunk }
    self.finishedOverlong = chunk
    return before
  }

  // MARK: The buffer

  /// Makes room behind the line that is not complete, and reads on.
  private func readBlock() throws(InputError) {
    self.builder.leave(UnsafeRawBufferPointer(self.buffer))
    self.dropOverlong()
    self.moveToFront()
    if self.buffer.count - self.filled < self.blockBytes { self.grow() }
    let isBeginning = self.base == 0 && self.filled == 0
    try self.read()
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    while isBeginning, self.filled < mark.count, UInt64(self.filled) < self.size { try self.read() }
    if isBeginning, self.buffer[..<self.filled].starts(with: mark) {
      self.lineStart = mark.count
      self.searched = mark.count
    }
  }

  /// Forgets the bytes of a line that is too long already to be a row.
  private func dropOverlong() {
    let isTooLong = self.filled - self.lineStart > self.byteLimit
    guard isTooLong || self.overlong != nil, self.filled > self.lineStart else { return }
    self.overlong = Overlong(
      offset: self.overlong?.offset ?? self.base + UInt64(self.lineStart),
      isBlank: (self.overlong?.isBlank ?? true) && self.isBlank(self.lineStart..<self.filled),
      lastByte: self.buffer[self.filled - 1])
    self.lineStart = self.filled
    self.searched = self.filled
  }

  private func moveToFront() {
    let rest = self.lineStart..<self.filled
    guard rest.lowerBound > 0 else { return }
    UnsafeMutableRawBufferPointer(rebasing: self.buffer[..<rest.count])
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: self.buffer[rest]))
    self.base += UInt64(rest.lowerBound)
    self.searched -= rest.lowerBound
    self.lineStart = 0
    self.filled = rest.count
  }

  private func grow() {
    let largest = self.byteLimit + 3 * self.blockBytes
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(min(2 * self.buffer.count, largest), self.filled + self.blockBytes), alignment: 4096)
    larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: self.buffer[..<self.filled]))
    self.buffer.deallocate()
    self.buffer = larger
  }

  private func read() throws(InputError) {
    let end = self.base + UInt64(self.filled)
    let count = Int(min(UInt64(self.buffer.count - self.filled), self.size - end))
    let space = UnsafeMutableRawBufferPointer(rebasing: self.buffer[self.filled..<self.filled + count])
    let read: Int
    do throws(FileError) {
      read = try self.file.read(into: space, at: end)
    } catch {
      throw .unreadable(error)
    }
    guard read > 0 else { throw .changed(path: self.file.path, "it ends at byte \(end), not at \(self.size)") }
    self.filled += read
  }
}
