import Store

/// A row that an errors file names, and where it stands in the input.
struct SelectedRow: Hashable {
  let number: UInt64
  let line: UInt64
  let offset: UInt64
}

/// The rows that an errors file names, in order, read bit by bit.
final class RowSelection {
  private let window: InputWindow
  private let path: String
  private var cutter = TextCutter(.lines, limit: 256 << 20)
  private var last: UInt64 = 0

  /// Reads an errors file of so many bytes, and passes over the first rows in it.
  ///
  /// Throws ``InputError``.
  init(_ file: OpenFile, size: UInt64, skipping count: UInt64 = 0) throws(InputError) {
    self.window = InputWindow(PlainSource(file, size: size), blockBytes: 1 << 16)
    self.path = file.path
    for _ in 0..<count { _ = try self.next() }
  }

  /// The next row; nil if there is none.
  ///
  /// Throws ``InputError`` if the file is not one that a job has written.
  func next() throws(InputError) -> SelectedRow? {
    while true {
      switch self.cutter.next(in: self.window) {
      case .record(let record):
        guard let row = Self.row(self.window.bytes(record.content)), row.number > self.last else {
          throw .damaged(path: self.path, "line \(record.line): it names no row after row \(self.last)")
        }
        self.last = row.number
        return row
      case .needsBytes(let kept): try self.window.read(keeping: kept)
      case .end, .damaged: return nil
      }
    }
  }

  /// Reads what ``ErrorLine`` writes.
  static func row(_ line: UnsafeRawBufferPointer) -> SelectedRow? {
    guard let number = Self.number("{\"row\":", in: line), number > 0,
      let fileLine = Self.number(",\"line\":", in: line), fileLine > 0,
      let offset = Self.number(",\"offset\":", in: line)
    else { return nil }
    return SelectedRow(number: number, line: fileLine, offset: offset)
  }

  /// The number after the first place of a key.
  private static func number(_ key: StaticString, in line: UnsafeRawBufferPointer) -> UInt64? {
    let key = UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
    var start = 0
    while start + key.count < line.count,
      !UnsafeRawBufferPointer(rebasing: line[start..<start + key.count]).elementsEqual(key)
    {
      start += 1
    }
    let digits = line.dropFirst(start + key.count).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return UInt64(String(decoding: digits, as: UTF8.self))
  }
}
