import FoundationEssentials
import Glibc
import QueueCore

/// A file of captured predictions could not be used.
struct CaptureFileError: Error {
  /// What was tried, on which file, and the system's reason.
  var message: String

  /// Reads the system's reason, which must be that of the call just made.
  static func last(_ operation: String, _ path: String) -> CaptureFileError {
    CaptureFileError(message: "cannot \(operation) \(path): \(String(cString: strerror(errno)))")
  }
}

/// The segments of one model, as files in a folder of its own.
///
/// A segment that is being written is `NUMBER.open.jsonl`, a closed one `NUMBER-RECORDS.jsonl`: so a broker that starts
/// need read only those that were open when the last one ended.
struct SegmentFolder: Sendable {
  let path: String

  /// The folder of a model. A name may begin with a dot, a folder had better not.
  init(of model: String, in parent: String) {
    self.path = "\(parent)/\(model.hasPrefix(".") ? "%2E\(model.dropFirst())" : model)"
  }

  /// The models that have a folder here.
  static func models(in parent: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    return names.map { $0.hasPrefix("%2E") ? ".\($0.dropFirst(3))" : $0 }.filter(Names.isValid).sorted()
  }

  func openPath(_ number: UInt64) -> String { "\(self.path)/\(Self.digits(number)).open.jsonl" }

  func closedPath(_ segment: CaptureSegment) -> String {
    "\(self.path)/\(Self.digits(segment.number))-\(segment.records).jsonl"
  }

  private static func digits(_ number: UInt64) -> String {
    let text = "\(number)"
    return String(repeating: "0", count: max(0, 12 - text.count)) + text
  }

  func create() throws(CaptureFileError) {
    do {
      try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    } catch {
      throw CaptureFileError(message: "cannot make the folder \(self.path): \(error)")
    }
  }

  /// Deletes a segment. One that is gone already is no error.
  func delete(_ segment: CaptureSegment) throws(CaptureFileError) {
    for path in [self.closedPath(segment), self.openPath(segment.number)]
    where unlink(path) != 0 && errno != ENOENT {
      throw .last("delete", path)
    }
  }

  /// Gives a segment that is written no more the name that says so. Without a record there is nothing to keep.
  func close(_ segment: CaptureSegment) throws(CaptureFileError) {
    let path = self.openPath(segment.number)
    if segment.records == 0 {
      guard unlink(path) == 0 || errno == ENOENT else { throw .last("delete", path) }
    } else if rename(path, self.closedPath(segment)) != 0 {
      throw .last("rename", path)
    }
  }

  // MARK: After a restart

  /// What was found: segments, all closed now, and the lines that were cut off because they were torn.
  struct Found {
    var segments: [CaptureSegment] = []
    var tornLines = 0
  }

  /// Takes stock, and closes what the broker before left open, after cutting off what it did not write to the end.
  func recover() throws(CaptureFileError) -> Found {
    var found = Found()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: self.path)) ?? []
    for name in names.sorted() {
      if let segment = try self.closedSegment(name) {
        found.segments.append(segment)
      } else if let number = Self.openNumber(name) {
        let (segment, torn) = try self.mend(number)
        found.tornLines += torn
        try self.close(segment)
        if segment.records > 0 { found.segments.append(segment) }
      }
    }
    return found
  }

  private func closedSegment(_ name: String) throws(CaptureFileError) -> CaptureSegment? {
    guard name.hasSuffix(".jsonl") else { return nil }
    let numbers = name.dropLast(6).split(separator: "-", omittingEmptySubsequences: false)
    guard numbers.count == 2, let number = UInt64(numbers[0]), let records = UInt64(numbers[1]) else { return nil }
    let segment = CaptureSegment(number: number, bytes: 0, records: records)
    // What only looks like a segment is nobody's to delete.
    guard self.closedPath(segment) == "\(self.path)/\(name)" else { return nil }
    var status = stat()
    guard stat("\(self.path)/\(name)", &status) == 0 else { throw .last("inspect", "\(self.path)/\(name)") }
    return CaptureSegment(number: number, bytes: UInt64(clamping: status.st_size), records: records)
  }

  private static func openNumber(_ name: String) -> UInt64? {
    guard name.hasSuffix(".open.jsonl"), let number = UInt64(name.dropLast(11)) else { return nil }
    return name == "\(Self.digits(number)).open.jsonl" ? number : nil
  }

  /// Cuts a segment behind its last whole line.
  private func mend(_ number: UInt64) throws(CaptureFileError) -> (segment: CaptureSegment, torn: Int) {
    let path = self.openPath(number)
    let file = try SegmentFile(opening: path)
    var lines = LineCounter()
    var offset: UInt64 = 0
    while true {
      let bytes = try file.read(at: offset, most: 1 << 20)
      if bytes.isEmpty { break }
      lines.take(bytes)
      offset += UInt64(bytes.count)
    }
    if offset > lines.wholeBytes { try file.truncate(to: lines.wholeBytes) }
    try file.sync()
    return (CaptureSegment(number: number, bytes: lines.wholeBytes, records: lines.whole), lines.torn)
  }
}

/// Counts the whole lines at the beginning of a file. After a loss of power there may be zeros where lines should be.
struct LineCounter {
  /// Whole lines before the first torn one, and their bytes.
  private(set) var whole: UInt64 = 0
  private(set) var wholeBytes: UInt64 = 0
  private var endedTorn = 0
  private var lineBytes: UInt64 = 0
  private var first: UInt8?
  private var last: UInt8?
  private var hasZero = false

  /// Lines from the first torn one on, the one without an end among them.
  var torn: Int { self.endedTorn + (self.lineBytes > 0 ? 1 : 0) }

  mutating func take(_ bytes: [UInt8]) {
    for byte in bytes {
      self.lineBytes += 1
      if byte == UInt8(ascii: "\n") {
        self.lineEnded()
      } else {
        if self.first == nil { self.first = byte }
        self.last = byte
        if byte == 0 { self.hasZero = true }
      }
    }
  }

  private mutating func lineEnded() {
    let isWhole = self.first == UInt8(ascii: "{") && self.last == UInt8(ascii: "}") && !self.hasZero
    if isWhole, self.endedTorn == 0 {
      self.whole += 1
      self.wholeBytes += self.lineBytes
    } else {
      self.endedTorn += 1
    }
    (self.lineBytes, self.first, self.last, self.hasZero) = (0, nil, nil, false)
  }
}
