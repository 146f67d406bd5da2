import Store

/// The rows of an output that a job has written, one after the other.
final class WrittenRows {
  private enum Cutting {
    /// A row is a line, whatever stands on it.
    case lines(at: Int)
    case csv(TextCutter)
    case array(NPYCutter?)
  }

  private let window: InputWindow
  private let path: String
  private var cutting: Cutting

  /// Opens the output, which must have so many bytes.
  ///
  /// Throws ``InputError``.
  init(_ path: String, length: UInt64, _ format: RowOptions.Format) throws(InputError) {
    do throws(FileError) {
      let file = try OpenFile.forReading(path)
      let size = try file.fingerprint().size
      guard size >= length else {
        throw FileError(
          operation: "read", path: path, detail: "it has \(size) bytes, but the job wrote \(length)")
      }
      self.window = InputWindow(PlainSource(file, size: length))
    } catch {
      throw .unreadable(error)
    }
    self.path = path
    self.cutting =
      switch format {
      case .jsonLines: .lines(at: 0)
      case .csv: .csv(TextCutter(.csv, limit: .max))
      case .npy: .array(nil)
      }
  }

  /// What stands before the first row. To be asked for once, before the rows.
  ///
  /// Throws ``InputError``.
  func head() throws(InputError) -> [UInt8] {
    switch self.cutting {
    case .lines: return []
    case .csv:
      guard let head = try self.next() else { throw self.damage("its header is missing") }
      return Array(self.window.bytes(head))
    case .array:
      while self.window.end < 1 << 12, !self.window.isAtEnd { try self.window.read(keeping: 0) }
      do throws(RowPlanError) {
        let header = try NPYHeader(self.window.bytes(0..<self.window.end))
        let size = Int(self.window.size ?? 0)
        self.cutting = .array(NPYCutter(header, rows: (size - header.dataStart) / max(header.rowBytes, 1)))
        return Array(self.window.bytes(0..<header.dataStart))
      } catch {
        throw self.damage(error.message)
      }
    }
  }

  func passHead() throws(InputError) {
    _ = try self.head()
  }

  /// Where the next row stands in the window, with the end of its line, until the next call; nil if there is none.
  ///
  /// Throws ``InputError``.
  func next() throws(InputError) -> Range<Int>? {
    while true {
      let kept: Int
      switch self.cutting {
      case .lines(let start):
        if let lineFeed = self.window.firstLineFeed(in: start..<self.window.end) {
          self.cutting = .lines(at: lineFeed + 1)
          return start..<lineFeed + 1
        }
        guard !self.window.isAtEnd else {
          guard start == self.window.end else { throw self.damage("its last line has no end") }
          return nil
        }
        kept = start
      case .csv(var cutter):
        let cut = cutter.next(in: self.window)
        self.cutting = .csv(cutter)
        switch cut {
        case .record(let record): return record.start..<record.end
        case .needsBytes(let place): kept = place
        case .end, .damaged: return nil
        }
      case .array(nil): return nil
      case .array(.some(var cutter)):
        let cut = cutter.next(in: self.window)
        self.cutting = .array(cutter)
        switch cut {
        case .record(let record): return record.content
        case .needsBytes(let place): kept = place
        case .end: return nil
        case .damaged(let what): throw self.damage(what)
        }
      }
      try self.window.read(keeping: kept)
    }
  }

  func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer { self.window.bytes(range) }

  func damage(_ what: String) -> InputError { .damaged(path: self.path, what) }
}

/// A fresh output that takes rows of others.
final class RowTarget {
  private var file: FileAppender

  init(_ path: String) throws(InputError) {
    do throws(FileError) {
      self.file = try FileAppender(path)
    } catch {
      throw .unwritable(error)
    }
  }

  func copyHead(of source: WrittenRows) throws(InputError) {
    let head = try source.head()
    do throws(FileError) {
      try head.withBytes { bytes throws(FileError) in try self.file.append(bytes) }
    } catch {
      throw .unwritable(error)
    }
  }

  func copy(_ rows: UInt64, of source: WrittenRows) throws(InputError) {
    for _ in 0..<rows {
      guard let row = try source.next() else { throw source.damage("it has fewer rows than the job wrote") }
      do throws(FileError) {
        try self.file.append(source.bytes(row))
      } catch {
        throw .unwritable(error)
      }
    }
  }

  /// Forces all of it to disk and returns its length.
  func finish(_ format: RowOptions.Format, rows: UInt64) throws(InputError) -> UInt64 {
    do throws(FileError) {
      try self.file.finish()
      if format == .npy {
        try self.file.file.setArrayRows(rows)
        try self.file.file.sync()
      }
    } catch {
      throw .unwritable(error)
    }
    return self.file.length
  }
}

/// Writes a fresh file from front to back, in blocks.
struct FileAppender {
  private static let blockBytes = 1 << 20

  let file: OpenFile
  private var block: [UInt8] = []
  private var written: UInt64 = 0

  /// Makes the file, or makes it empty.
  ///
  /// Throws ``FileError``, which hopes for the `lock` if another process writes it.
  init(_ path: String) throws(FileError) {
    self.file = try OpenFile.forWriting(path)
    try self.file.truncate(to: 0)
    self.block.reserveCapacity(Self.blockBytes)
  }

  var length: UInt64 { self.written + UInt64(self.block.count) }

  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    self.block.append(contentsOf: bytes)
    if self.block.count >= Self.blockBytes { try self.flush() }
  }

  /// Forces all of it to disk.
  mutating func finish() throws(FileError) {
    try self.flush()
    try self.file.sync()
  }

  private mutating func flush() throws(FileError) {
    try self.block.withBytes { bytes throws(FileError) in try self.file.write(bytes, at: self.written) }
    self.written += UInt64(self.block.count)
    self.block.removeAll(keepingCapacity: true)
  }
}
