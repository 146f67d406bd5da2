/// Finds the rows of JSON Lines, one after the other. Lines of nothing but blanks are no rows.
struct LineCutter {
  private var offset = 0

  /// Where the next row is, without its line end; nil after the last.
  mutating func next(in bytes: RawSpan) -> Range<Int>? {
    while self.offset < bytes.byteCount {
      let start = self.offset
      var isBlank = true
      var end = start
      while end < bytes.byteCount {
        let byte = bytes.unsafeLoad(fromByteOffset: end, as: UInt8.self)
        if byte == UInt8(ascii: "\n") { break }
        if !Self.isBlank(byte) { isBlank = false }
        end += 1
      }
      self.offset = end + 1
      if !isBlank { return start..<end }
    }
    return nil
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }
}
