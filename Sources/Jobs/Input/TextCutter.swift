/// Cuts text into records that end with a line feed: JSON Lines, or CSV, whose quoted cells may hold line feeds.
///
/// A record that has nothing but spaces, tabs and carriage returns is none. The last one need not end with a line feed,
/// and one carriage return before the line feed is not part of it. A byte order mark at the input's beginning is passed
/// over. A record of more than `limit` bytes with its end is not held, only measured.
struct TextCutter: RecordCutter {
  enum Dialect {
    case lines
    /// A quote opens a quoted cell where a cell begins, and nowhere else.
    case csv
  }

  private enum Cell {
    case begins
    case plain
    case quoted
    /// After a quote in a quoted cell: the end of it, or half of a doubled quote.
    case quote
  }

  private struct Overlong {
    let start: Int
    var isBlank: Bool
    var lastByte: UInt8
  }

  private let dialect: Dialect
  private let limit: Int
  /// Where the next record begins, or goes on if `overlong` is set.
  private(set) var place = 0
  private(set) var lines: UInt64 = 0
  /// There is no end of the record from `place` to here.
  private var searched = 0
  private var cell = Cell.begins
  private var innerLines: UInt64 = 0
  /// Set within a record whose beginning is not held because it is too long.
  private var overlong: Overlong?
  private var hasPassedMark = false

  init(_ dialect: Dialect, limit: Int) {
    self.dialect = dialect
    self.limit = limit
  }

  mutating func jump(to place: Int, lines: UInt64) {
    self.place = place
    self.searched = place
    self.lines = lines
    self.cell = .begins
    self.innerLines = 0
    self.overlong = nil
    if place > 0 { self.hasPassedMark = true }
  }

  /// Whether a line begins at ``place`` and nothing of it has been looked at.
  var isBeforeLine: Bool {
    self.dialect == .lines && self.hasPassedMark && self.overlong == nil && self.searched == self.place
  }

  mutating func next(in window: InputWindow) -> Cut {
    if !self.hasPassedMark, !self.passMark(in: window) { return .needsBytes(keeping: self.place) }
    while true {
      if let lineFeed = self.findEnd(in: window) {
        if let record = self.recordEnded(at: lineFeed, hasLineFeed: true, in: window) { return .record(record) }
      } else if !window.isAtEnd {
        self.dropOverlong(in: window)
        return .needsBytes(keeping: self.place)
      } else if self.place < window.end || self.overlong != nil {
        if let record = self.recordEnded(at: window.end, hasLineFeed: false, in: window) { return .record(record) }
      } else {
        return .end
      }
    }
  }

  /// False if more must be read to know whether there is a mark.
  private mutating func passMark(in window: InputWindow) -> Bool {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    guard window.end >= mark.count || window.isAtEnd else { return false }
    self.hasPassedMark = true
    if window.end >= mark.count, window.bytes(0..<mark.count).elementsEqual(mark) {
      self.place = mark.count
      self.searched = mark.count
    }
    return true
  }

  private mutating func findEnd(in window: InputWindow) -> Int? {
    let range = self.searched..<window.end
    let found =
      switch self.dialect {
      case .lines: window.firstLineFeed(in: range)
      case .csv: self.findRecordEnd(window.bytes(range)).map { range.lowerBound + $0 }
      }
    self.searched = found ?? window.end
    return found
  }

  /// The line feed that ends the record, counted from the bytes' beginning; remembers how far it came.
  private mutating func findRecordEnd(_ bytes: UnsafeRawBufferPointer) -> Int? {
    var cell = self.cell
    defer { self.cell = cell }
    for (index, byte) in bytes.enumerated() {
      switch cell {
      case .quoted:
        if byte == UInt8(ascii: "\"") { cell = .quote }
        if byte == UInt8(ascii: "\n") { self.innerLines += 1 }
        continue
      case .begins where byte == UInt8(ascii: "\""), .quote where byte == UInt8(ascii: "\""):
        cell = .quoted
        continue
      case .begins, .plain, .quote: break
      }
      switch byte {
      case UInt8(ascii: "\n"): return index
      case UInt8(ascii: ","): cell = .begins
      default: cell = .plain
      }
    }
    return nil
  }

  /// The record that ends at `end`; nil if it is blank.
  private mutating func recordEnded(at end: Int, hasLineFeed: Bool, in window: InputWindow) -> Record? {
    let start = self.overlong?.start ?? self.place
    let isBlank = (self.overlong?.isBlank ?? true) && Self.isBlank(window.bytes(self.place..<end))
    let lastByte = end > self.place ? window[end - 1] : self.overlong?.lastByte
    let hasReturn = lastByte == UInt8(ascii: "\r") && self.cell != .quoted
    let contentEnd = end - (hasReturn ? 1 : 0)
    var record = Record(
      content: start..<contentEnd, lineFeed: hasLineFeed ? end : nil, start: start, end: hasLineFeed ? end + 1 : end,
      line: self.lines + 1, endLine: self.lines + 1 + self.innerLines)
    if self.overlong != nil {
      record.content = end..<end
      record.overlongBytes = UInt64(contentEnd - start)
    }
    self.jump(to: record.end, lines: record.endLine)
    return isBlank ? nil : record
  }

  /// Forgets the bytes of a record that is too long already.
  private mutating func dropOverlong(in window: InputWindow) {
    let isTooLong = window.end - self.place > self.limit
    guard isTooLong || self.overlong != nil, window.end > self.place else { return }
    self.overlong = Overlong(
      start: self.overlong?.start ?? self.place,
      isBlank: (self.overlong?.isBlank ?? true) && Self.isBlank(window.bytes(self.place..<window.end)),
      lastByte: window[window.end - 1])
    self.place = window.end
  }

  private static func isBlank(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
  }
}
