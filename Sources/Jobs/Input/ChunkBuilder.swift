import Glibc
import ZeroMQ

/// What a row becomes.
struct RowDraft {
  /// What is sent, without a line feed.
  var payload: [UInt8] = []
  /// What names the row, as JSON; empty if nothing does.
  var id: [UInt8] = []
  /// What stands before its prediction in the output.
  var lead: [UInt8] = []
  /// Why it is not sent.
  var refusal: Refusal?

  mutating func removeAll() {
    self.payload.removeAll(keepingCapacity: true)
    self.id.removeAll(keepingCapacity: true)
    self.lead.removeAll(keepingCapacity: true)
    self.refusal = nil
  }
}

/// Collects the rows of one chunk while the window moves on below it.
struct ChunkBuilder {
  private(set) var rows: [RowPlace] = []
  private(set) var refusals: [RefusedRow] = []
  private(set) var labels = RowLabels()
  private(set) var payloadBytes = 0
  /// What counts towards the limit of a chunk's bytes.
  private(set) var cost = 0
  /// Bytes of rows that have left the window already, or were made.
  private var carried: [UInt8] = []
  /// Where the other bytes are in the window.
  private var runs: [Range<Int>] = []
  private var lacksLastNewline = false
  private let keepsLabels: Bool

  init(keepsLabels: Bool) {
    self.keepsLabels = keepsLabels
  }

  var isEmpty: Bool { self.rows.isEmpty }

  private mutating func add(_ record: Record, number: UInt64) {
    self.rows.append(
      RowPlace(number: number, offset: UInt64(record.start), line: record.line, payloadStart: self.payloadBytes))
  }

  /// Adds a row that is sent as it stands in the window.
  mutating func add(_ record: Record, number: UInt64, cost: Int) {
    self.add(record, number: number)
    self.payloadBytes += record.content.count + 1
    self.cost += cost
    self.addRun(record.content)
    if let lineFeed = record.lineFeed {
      self.addRun(lineFeed..<lineFeed + 1)
    } else {
      self.lacksLastNewline = true
    }
  }

  /// Lines that were added together.
  struct LinesAdded {
    var rows = 0
    var bytes = 0
  }

  /// Adds lines that are sent as they stand, up to so many rows of the chunk and bytes of it. Stops before a line that
  /// is blank, may be, ends with a carriage return or is not all there.
  ///
  /// - Parameters:
  ///   - bytes: The window's bytes from the first line on.
  ///   - start: Where in the input they begin.
  ///   - rows: Rows of the input before them.
  ///   - lines: Lines of the input before them.
  mutating func addLines(
    _ bytes: UnsafeRawBufferPointer, from start: Int, after rows: UInt64, lines: UInt64, rowLimit: Int, byteLimit: Int
  ) -> LinesAdded {
    var added = LinesAdded()
    guard let base = bytes.baseAddress else { return added }
    self.rows.reserveCapacity(min(rowLimit, 1024))
    while self.rows.count < rowLimit, added.bytes < bytes.count, bytes[added.bytes] > UInt8(ascii: " ") {
      let line = base + added.bytes
      guard let end = memchr(line, Int32(UInt8(ascii: "\n")), bytes.count - added.bytes) else { break }
      let cost = UnsafeRawPointer(end) - line + 1
      guard line.load(fromByteOffset: cost - 2, as: UInt8.self) != UInt8(ascii: "\r"),
        self.cost + cost <= byteLimit
      else { break }
      added.rows += 1
      self.rows.append(
        RowPlace(
          number: rows + UInt64(added.rows), offset: UInt64(start + added.bytes), line: lines + UInt64(added.rows),
          payloadStart: self.payloadBytes))
      self.payloadBytes += cost
      self.cost += cost
      added.bytes += cost
    }
    if added.rows > 0 { self.addRun(start..<start + added.bytes) }
    return added
  }

  /// Adds a row that was made of a record.
  mutating func add(_ record: Record, number: UInt64, made draft: RowDraft, cost: Int) {
    self.add(record, number: number)
    if self.keepsLabels { self.labels.append(id: draft.id, lead: draft.lead) }
    self.carried += draft.payload
    self.carried.append(UInt8(ascii: "\n"))
    self.payloadBytes += draft.payload.count + 1
    self.cost += cost
  }

  /// Adds a row that is not sent.
  mutating func add(_ record: Record, number: UInt64, refused refusal: Refusal, id: [UInt8] = []) {
    self.add(record, number: number)
    if self.keepsLabels { self.labels.append(id: id, lead: []) }
    self.refusals.append(RefusedRow(row: self.rows.count - 1, refusal: refusal))
  }

  private mutating func addRun(_ run: Range<Int>) {
    if let last = self.runs.last, last.upperBound == run.lowerBound {
      self.runs[self.runs.count - 1] = last.lowerBound..<run.upperBound
    } else {
      self.runs.append(run)
    }
  }

  /// Copies out of the window what it holds of the rows, because the window is about to change.
  mutating func leave(_ window: InputWindow) {
    for run in self.runs { self.carried.append(contentsOf: window.bytes(run)) }
    self.runs.removeAll(keepingCapacity: true)
  }

  /// The rows, a line each; nil if none is sent.
  func payload(from window: InputWindow) throws(ZMQError) -> Frame? {
    guard self.payloadBytes > 0 else { return nil }
    return try Frame(byteCount: self.payloadBytes) { output in
      output.withUnsafeMutableBytes { target, initialized in
        self.carried.withUnsafeBytes { target.copyMemory(from: $0) }
        initialized = self.carried.count
        for run in self.runs {
          UnsafeMutableRawBufferPointer(rebasing: target[initialized...]).copyMemory(from: window.bytes(run))
          initialized += run.count
        }
        if self.lacksLastNewline {
          target[initialized] = UInt8(ascii: "\n")
          initialized += 1
        }
      }
    }
  }
}
