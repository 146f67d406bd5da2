import Glibc

/// One row of JSON Lines.
struct Row: Sendable, Equatable {
  /// Rows before this one; blank lines are no rows.
  var number: Int
  /// The line without its end.
  var text: [UInt8]
}

/// Cuts chunks of bytes into rows, holding one chunk and one unfinished line at most.
struct RowSplitter {
  /// The longest line that is taken for a row.
  static let maximumRowBytes = 64 << 20

  private var line: [UInt8] = []
  /// The number of the row that comes next, from 1.
  private var nextNumber = 1

  /// The rows that these bytes complete. Throws ``InputError`` if a line is too long.
  mutating func split(_ chunk: [UInt8]) throws(InputError) -> [Row] {
    var rows: [Row] = []
    var rest = chunk[...]
    while let end = Self.endOfLine(in: rest) {
      self.line.append(contentsOf: rest[..<end])
      self.finishLine(into: &rows)
      rest = rest[(end + 1)...]
    }
    self.line.append(contentsOf: rest)
    guard self.line.count <= Self.maximumRowBytes else {
      throw InputError(
        message: "row \(self.nextNumber) is longer than \(Units.bytes(Self.maximumRowBytes)), the most a row may have")
    }
    return rows
  }

  /// The last row, if the input does not end with a line end.
  mutating func finish() -> [Row] {
    var rows: [Row] = []
    self.finishLine(into: &rows)
    return rows
  }

  /// Where the first line ends; `memchr` reads many bytes at a time, which long rows need.
  private static func endOfLine(in bytes: ArraySlice<UInt8>) -> Int? {
    bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress, let found = memchr(base, Int32(UInt8(ascii: "\n")), buffer.count) else {
        return nil
      }
      return bytes.startIndex + base.distance(to: UnsafeRawPointer(found))
    }
  }

  private mutating func finishLine(into rows: inout [Row]) {
    defer { self.line.removeAll(keepingCapacity: true) }
    while let last = self.line.last, JSONText.isBlank(last) { self.line.removeLast() }
    guard let first = self.line.firstIndex(where: { !JSONText.isBlank($0) }) else { return }
    rows.append(Row(number: self.nextNumber, text: [UInt8](self.line[first...])))
    self.nextNumber += 1
  }
}

/// Reads rows as they are asked for.
actor RowReader {
  private let chunks: ChunkReader
  private var splitter = RowSplitter()
  private var unread: [UInt8]
  private var isAtEnd: Bool

  /// Goes on after the bytes that were read to tell the input's shape.
  init(_ chunks: ChunkReader, startingWith head: [UInt8], isAtEnd: Bool) {
    self.chunks = chunks
    self.unread = head.starts(with: [0xEF, 0xBB, 0xBF]) ? [UInt8](head.dropFirst(3)) : head
    self.isAtEnd = isAtEnd
  }

  /// Some rows; none at the end. Throws ``InputError``.
  func next() async throws(InputError) -> [Row] {
    while true {
      let chunk = self.unread
      self.unread = []
      let rows = try self.splitter.split(chunk)
      if !rows.isEmpty { return rows }
      guard !self.isAtEnd else { return self.splitter.finish() }
      self.unread = try await self.chunks.next()
      self.isAtEnd = self.unread.isEmpty
    }
  }
}
