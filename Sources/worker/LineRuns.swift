import Glibc

/// Where JSON Lines are cut into runs of so many rows each. Lines of nothing but blanks are no rows.
struct LineRuns {
  /// The bytes of each run; blank lines may be left out between them.
  private(set) var ranges: [Range<Int>] = []
  /// Rows of all runs.
  private(set) var rows = 0

  init(_ lines: RawSpan, rowsPerRun: Int) {
    lines.withUnsafeBytes { self.cut($0, rowsPerRun) }
  }

  private mutating func cut(_ bytes: UnsafeRawBufferPointer, _ rowsPerRun: Int) {
    guard let base = bytes.baseAddress else { return }
    var runStart = 0
    var rowsInRun = 0
    var lineStart = 0
    while lineStart < bytes.count {
      let newline = memchr(base + lineStart, Int32(UInt8(ascii: "\n")), bytes.count - lineStart)
      let lineEnd = newline.map { UnsafeRawPointer($0) - base } ?? bytes.count
      let next = min(lineEnd + 1, bytes.count)
      if !bytes[lineStart..<lineEnd].allSatisfy(Self.isBlank) {
        self.rows += 1
        rowsInRun += 1
        if rowsInRun == rowsPerRun {
          self.ranges.append(runStart..<next)
          runStart = next
          rowsInRun = 0
        }
      }
      lineStart = next
    }
    if rowsInRun > 0 { self.ranges.append(runStart..<bytes.count) }
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }
}
