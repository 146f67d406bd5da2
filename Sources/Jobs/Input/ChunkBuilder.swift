import ZeroMQ

/// Collects the rows of one chunk while the reader's buffer moves on below it.
struct ChunkBuilder {
  private(set) var rows: [RowPlace] = []
  private(set) var byteCount = 0
  /// Bytes of rows that have left the buffer already.
  private var carried: [UInt8] = []
  /// Where the other bytes are in the buffer.
  private var runs: [Range<Int>] = []
  private var lacksLastNewline = false

  var isEmpty: Bool { self.rows.isEmpty }

  /// Adds a row that stands in the buffer at `content`; `newline` is where its line feed is, nil if it has none.
  mutating func add(content: Range<Int>, newline: Int?, offset: UInt64, line: UInt64) {
    self.rows.append(RowPlace(offset: offset, line: line, payloadStart: self.byteCount))
    self.byteCount += content.count + 1
    self.addRun(content)
    if let newline {
      self.addRun(newline..<newline + 1)
    } else {
      self.lacksLastNewline = true
    }
  }

  private mutating func addRun(_ run: Range<Int>) {
    if let last = self.runs.last, last.upperBound == run.lowerBound {
      self.runs[self.runs.count - 1] = last.lowerBound..<run.upperBound
    } else {
      self.runs.append(run)
    }
  }

  /// Copies out of the buffer what it holds of the rows, because the buffer is about to change.
  mutating func leave(_ buffer: UnsafeRawBufferPointer) {
    for run in self.runs { self.carried.append(contentsOf: buffer[run]) }
    self.runs.removeAll(keepingCapacity: true)
  }

  /// The rows, a line each.
  func payload(from buffer: UnsafeRawBufferPointer) throws(ZMQError) -> Frame {
    try Frame(byteCount: self.byteCount) { output in
      output.withUnsafeMutableBytes { target, initialized in
        self.carried.withUnsafeBytes { target.copyMemory(from: $0) }
        initialized = self.carried.count
        for run in self.runs {
          UnsafeMutableRawBufferPointer(rebasing: target[initialized...])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[run]))
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
