import QueueCore
import ZeroMQ

/// Writes the captured predictions of one model: does what its ``CaptureLog`` says.
struct SegmentWriter {
  let folder: SegmentFolder
  private(set) var log: CaptureLog
  /// Torn lines that were cut off at the start.
  let tornLines: Int
  private var file: SegmentFile?
  private var actions: [CaptureAction] = []

  /// What an append has come to.
  struct Outcome {
    /// Whether the record is in a segment.
    var isWritten = false
    /// Records of segments that were deleted to make room.
    var deletedRecords: UInt64 = 0
    /// What went wrong.
    var error: CaptureFileError?
  }

  /// Takes stock of the folder and goes on from there.
  init(folder: SegmentFolder, limits: CaptureLimits) throws(CaptureFileError) {
    self.folder = folder
    let found = try folder.recover()
    self.log = CaptureLog(limits: limits, found: found.segments)
    self.tornLines = found.tornLines
  }

  /// Records in all segments.
  var records: UInt64 { self.log.segments.reduce(0) { $0 + $1.records } }

  /// Appends a line, which must not be longer than a segment may be.
  mutating func append(_ line: [UInt8]) -> Outcome {
    self.actions.removeAll(keepingCapacity: true)
    self.log.append(bytes: UInt64(line.count), at: Self.now, into: &self.actions)
    var outcome = Outcome()
    for action in self.actions {
      do throws(CaptureFileError) {
        switch action {
        case .append(let number):
          try self.write(line, to: number)
          outcome.isWritten = true
        case .delete(let segment):
          outcome.deletedRecords += segment.records
          try self.perform(action)
        case .close, .open:
          try self.perform(action)
        }
      } catch {
        outcome.error = error
      }
    }
    if !outcome.isWritten { self.log.appendFailed(bytes: UInt64(line.count)) }
    return outcome
  }

  /// Closes the open segment if its time is over.
  mutating func timePassed() -> CaptureFileError? {
    self.actions.removeAll(keepingCapacity: true)
    self.log.timePassed(at: Self.now, into: &self.actions)
    return self.performAll()
  }

  /// Closes the open segment.
  mutating func close() -> CaptureFileError? {
    self.actions.removeAll(keepingCapacity: true)
    self.log.closeCurrent(into: &self.actions)
    return self.performAll()
  }

  /// Goes on under other limits, with a new segment.
  mutating func setLimits(_ limits: CaptureLimits) -> CaptureFileError? {
    let error = self.close()
    self.log = CaptureLog(limits: limits, found: self.log.segments)
    return error
  }

  private mutating func performAll() -> CaptureFileError? {
    var failure: CaptureFileError?
    for action in self.actions {
      do throws(CaptureFileError) {
        try self.perform(action)
      } catch {
        failure = error
      }
    }
    return failure
  }

  private mutating func perform(_ action: CaptureAction) throws(CaptureFileError) {
    switch action {
    case .delete(let segment):
      try self.folder.delete(segment)
    case .close(let segment):
      defer { self.file = nil }
      try self.file?.sync()
      try self.folder.close(segment)
    case .open(let number):
      try self.folder.create()
      self.file = try SegmentFile(opening: self.folder.openPath(number), making: true)
    case .append:
      break
    }
  }

  private mutating func write(_ line: [UInt8], to number: UInt64) throws(CaptureFileError) {
    // Where it could not be opened before, there may be room now.
    if self.file == nil { try self.perform(.open(number)) }
    guard let file = self.file, let open = self.log.segments.last else { return }
    let before = open.bytes - UInt64(line.count)
    do throws(CaptureFileError) {
      try file.write(line, at: before)
    } catch {
      // The next record is written over what is there of this one.
      try? file.truncate(to: before)
      throw error
    }
  }

  private static var now: Instant { Instant(nanoseconds: MonotonicClock.nanoseconds) }
}
