/// The cells of one record of CSV; made once and reused.
struct CSVCells {
  private struct Cell {
    var range: Range<Int>
    var hasDoubledQuotes: Bool
    var isQuoted: Bool
  }

  private var cells: [Cell] = []
  /// What is wrong with the record; nil if nothing is.
  private(set) var fault: String?

  var count: Int { self.cells.count }

  /// Splits a record, without the end of its line.
  mutating func split(_ record: UnsafeRawBufferPointer) {
    self.cells.removeAll(keepingCapacity: true)
    self.fault = nil
    var place = 0
    repeat {
      let isQuoted = place < record.count && record[place] == UInt8(ascii: "\"")
      place = isQuoted ? self.quoted(record, from: place + 1) : self.plain(record, from: place)
      if self.fault != nil { return }
      // What is at `place` is a comma or the end. A comma at the very end opens one more, empty, cell.
      place += 1
    } while place <= record.count
  }

  private mutating func plain(_ record: UnsafeRawBufferPointer, from start: Int) -> Int {
    var place = start
    while place < record.count, record[place] != UInt8(ascii: ",") {
      switch record[place] {
      case UInt8(ascii: "\""): self.fail("has a quote inside a cell that is not quoted")
      case UInt8(ascii: "\r"): self.fail("has a carriage return that does not end a line")
      default: break
      }
      place += 1
    }
    self.cells.append(Cell(range: start..<place, hasDoubledQuotes: false, isQuoted: false))
    return place
  }

  private mutating func quoted(_ record: UnsafeRawBufferPointer, from start: Int) -> Int {
    var place = start
    var hasDoubledQuotes = false
    while place < record.count {
      guard record[place] == UInt8(ascii: "\"") else {
        place += 1
        continue
      }
      if place + 1 < record.count, record[place + 1] == UInt8(ascii: "\"") {
        hasDoubledQuotes = true
        place += 2
        continue
      }
      if place + 1 < record.count, record[place + 1] != UInt8(ascii: ",") {
        self.fail("has something after the closing quote")
      }
      self.cells.append(Cell(range: start..<place, hasDoubledQuotes: hasDoubledQuotes, isQuoted: true))
      return place + 1
    }
    self.fail("opens a quote that is not closed")
    return place
  }

  private mutating func fail(_ what: String) {
    if self.fault == nil { self.fault = "cell \(self.cells.count + 1) \(what)" }
  }

  /// Calls the body with what a cell says, without quotes.
  func withCell<Result>(
    _ index: Int, of record: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    let cell = self.cells[index]
    let text = UnsafeRawBufferPointer(rebasing: record[cell.range])
    guard cell.hasDoubledQuotes else { return body(text) }
    var plain: [UInt8] = []
    plain.reserveCapacity(text.count)
    var isSecond = false
    for byte in text {
      if byte == UInt8(ascii: "\""), !isSecond {
        isSecond = true
        continue
      }
      isSecond = false
      plain.append(byte)
    }
    return plain.withUnsafeBytes(body)
  }
}
