/// Why a prediction that was to be captured is not in the data.
public enum CaptureDrop: String, Hashable, Sendable, CaseIterable {
  /// As many records were waiting to be written as may.
  case queueFull = "queue_full"
  /// As many bytes were waiting to be written as may.
  case queueBytes = "queue_bytes"
  /// The record alone is larger than a segment may be.
  case recordTooLarge = "record_too_large"
  /// It could not be written.
  case writeFailed = "write_failed"
  /// Its segment was deleted to make room.
  case segmentDeleted = "segment_deleted"
}

/// How many captured predictions were dropped, by reason.
public struct CaptureDrops: Hashable, Sendable {
  private var counts: [UInt64] = Array(repeating: 0, count: CaptureDrop.allCases.count)

  /// None.
  public init() {}

  /// Those dropped for this reason.
  public subscript(reason: CaptureDrop) -> UInt64 { self.counts[Self.index(reason)] }

  /// Those dropped in all.
  public var total: UInt64 { self.counts.reduce(0, LatencyHistogram.saturatingSum) }

  mutating func count(_ reason: CaptureDrop, _ records: UInt64 = 1) {
    let index = Self.index(reason)
    self.counts[index] = LatencyHistogram.saturatingSum(self.counts[index], records)
  }

  private static func index(_ reason: CaptureDrop) -> Int {
    switch reason {
    case .queueFull: 0
    case .queueBytes: 1
    case .recordTooLarge: 2
    case .writeFailed: 3
    case .segmentDeleted: 4
    }
  }
}

/// The books of the queue between those who answer predictions and the one who writes them down.
///
/// It never makes anybody wait: what has no room is dropped and counted.
public struct CaptureQueue: Hashable, Sendable {
  /// Records that may wait.
  public let maximumRecords: UInt64
  /// Bytes that may wait.
  public let maximumBytes: UInt64
  /// The greatest record.
  public let maximumRecordBytes: UInt64
  /// Records that wait.
  public private(set) var records: UInt64 = 0
  /// Their bytes.
  public private(set) var bytes: UInt64 = 0
  /// Records written.
  public private(set) var written: UInt64 = 0
  /// Records that are not in the data.
  public private(set) var drops = CaptureDrops()

  /// An empty queue. Throws ``CaptureSettingsError`` if nothing could ever wait.
  public init(
    maximumRecords: UInt64, maximumBytes: UInt64, maximumRecordBytes: UInt64
  ) throws(CaptureSettingsError) {
    guard maximumRecords > 0, maximumBytes > 0, maximumRecordBytes > 0 else { throw .queueEmpty }
    self.maximumRecords = maximumRecords
    self.maximumBytes = maximumBytes
    self.maximumRecordBytes = maximumRecordBytes
  }

  /// Whether a record of so many bytes is taken. If not, it is counted as dropped and the reason returned.
  public mutating func offer(bytes: UInt64) -> CaptureDrop? {
    let reason: CaptureDrop? =
      if bytes > self.maximumRecordBytes {
        .recordTooLarge
      } else if self.records >= self.maximumRecords {
        .queueFull
      } else if bytes > self.maximumBytes - self.bytes {
        .queueBytes
      } else {
        nil
      }
    if let reason {
      self.drops.count(reason)
    } else {
      self.records += 1
      self.bytes += bytes
    }
    return reason
  }

  /// A record of so many bytes has left the queue and is in a segment.
  public mutating func recordWritten(bytes: UInt64) {
    self.take(bytes)
    self.written = LatencyHistogram.saturatingSum(self.written, 1)
  }

  /// A record of so many bytes has left the queue and could not be written.
  public mutating func writeFailed(bytes: UInt64) {
    self.take(bytes)
    self.drops.count(.writeFailed)
  }

  /// A segment with so many records was deleted to make room.
  public mutating func segmentDeleted(records: UInt64) {
    self.drops.count(.segmentDeleted, records)
  }

  private mutating func take(_ bytes: UInt64) {
    precondition(self.records > 0 && bytes <= self.bytes, "No record of \(bytes) bytes waits in the capture queue")
    self.records -= 1
    self.bytes -= bytes
  }
}
