/// What a worker tells about itself in each heartbeat: totals since it started, and how it is right now.
///
/// Totals only grow while the process lives, so a lost heartbeat loses nothing. Figures of several workers add up with
/// ``merge(_:)``. No arithmetic here traps: totals stop at their greatest value.
public struct WorkerFigures: Hashable, Sendable {
  /// Requests the worker holds: taken, not yet answered.
  public var inFlight: UInt32 = 0
  /// Of those, the ones that wait for a compute thread.
  public var queued: UInt32 = 0
  /// Requests answered, whatever the outcome.
  public var requests: UInt64 = 0
  /// Rows predicted.
  public var rows: UInt64 = 0
  /// Engine calls made.
  public var batches: UInt64 = 0
  /// Microseconds that requests waited in the worker.
  public var queueTime = LatencyHistogram()
  /// Microseconds of the engine calls.
  public var computeTime = LatencyHistogram()
  /// Resident memory, in bytes.
  public var residentBytes: UInt64 = 0
  /// Processor time used by the whole process, in microseconds.
  public var cpuMicroseconds: UInt64 = 0
  /// Milliseconds since the process started.
  public var uptimeMilliseconds: UInt64 = 0
  /// A number that moves whenever computing moves: each engine call begun or ended.
  public var computeProgress: UInt64 = 0
  /// Milliseconds that the longest of the present engine calls has taken so far; 0 if none is going on. Together with a
  /// ``computeProgress`` that stands still this tells a stuck worker from an idle one.
  public var busyMilliseconds: UInt64 = 0
  /// By code; empty while there has been no error.
  private var errorCounts: [UInt64] = []

  /// Makes the figures of a worker that has done nothing yet.
  public init() {}

  /// Requests, or rows of a JSON Lines request, that ended with `code`.
  public func errors(_ code: StatusCode) -> UInt64 {
    self.errorCounts.isEmpty ? 0 : self.errorCounts[Int(code.rawValue)]
  }

  /// Adds `count` errors with `code`. Ends with ``StatusCode/ok`` are none and not counted.
  public mutating func countErrors(_ code: StatusCode, _ count: UInt64 = 1) {
    guard code != .ok, count > 0 else { return }
    if self.errorCounts.isEmpty { self.errorCounts = Array(repeating: 0, count: StatusCode.allCases.count) }
    let index = Int(code.rawValue)
    self.errorCounts[index] = LatencyHistogram.saturatingSum(self.errorCounts[index], count)
  }

  /// Adds up another worker's figures: everything is summed, except that uptime and busy time are those of the worker
  /// with the longest.
  public mutating func merge(_ other: WorkerFigures) {
    self.inFlight = Self.saturatingSum(self.inFlight, other.inFlight)
    self.queued = Self.saturatingSum(self.queued, other.queued)
    self.requests = LatencyHistogram.saturatingSum(self.requests, other.requests)
    self.rows = LatencyHistogram.saturatingSum(self.rows, other.rows)
    self.batches = LatencyHistogram.saturatingSum(self.batches, other.batches)
    for code in StatusCode.allCases { self.countErrors(code, other.errors(code)) }
    self.queueTime.merge(other.queueTime)
    self.computeTime.merge(other.computeTime)
    self.residentBytes = LatencyHistogram.saturatingSum(self.residentBytes, other.residentBytes)
    self.cpuMicroseconds = LatencyHistogram.saturatingSum(self.cpuMicroseconds, other.cpuMicroseconds)
    self.uptimeMilliseconds = max(self.uptimeMilliseconds, other.uptimeMilliseconds)
    self.computeProgress = LatencyHistogram.saturatingSum(self.computeProgress, other.computeProgress)
    self.busyMilliseconds = max(self.busyMilliseconds, other.busyMilliseconds)
  }

  private static func saturatingSum(_ left: UInt32, _ right: UInt32) -> UInt32 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }
}

/// On the wire, one payload part of a worker's HEARTBEAT, in network byte order:
///
/// | bytes | field |
/// |---|---|
/// | 4 | in flight |
/// | 4 | queued |
/// | 8 | requests |
/// | 8 | rows |
/// | 8 | batches |
/// | 8 | resident bytes |
/// | 8 | processor time, µs |
/// | 8 | uptime, ms |
/// | 8 | compute progress |
/// | 8 | busy, ms |
/// | 1 | number of error counts that follow |
/// | 1 + 8 each | status code, ascending, not 0; count |
/// | … | queue time, a ``LatencyHistogram`` |
/// | … | compute time, a ``LatencyHistogram`` |
extension WorkerFigures {
  /// Reads a figures part. Throws ``WireError``.
  public init(decoding part: RawSpan) throws(WireError) {
    self.init()
    var reader = ByteReader(part)
    self.inFlight = try reader.readUInt32("in flight")
    self.queued = try reader.readUInt32("queued")
    self.requests = try reader.readUInt64("requests")
    self.rows = try reader.readUInt64("rows")
    self.batches = try reader.readUInt64("batches")
    self.residentBytes = try reader.readUInt64("resident bytes")
    self.cpuMicroseconds = try reader.readUInt64("processor time")
    self.uptimeMilliseconds = try reader.readUInt64("uptime")
    self.computeProgress = try reader.readUInt64("compute progress")
    self.busyMilliseconds = try reader.readUInt64("busy time")
    let used = try reader.readUInt8("error count")
    var last: UInt8 = 0
    for _ in 0..<used {
      let status = try reader.readStatus()
      guard status.rawValue > last else {
        throw .invalidValue(
          field: "status", value: UInt64(status.rawValue), expected: "a code above the one before, not OK")
      }
      last = status.rawValue
      self.countErrors(status, try reader.readUInt64("errors"))
    }
    self.queueTime = try LatencyHistogram(from: &reader)
    self.computeTime = try LatencyHistogram(from: &reader)
  }

  /// The part's bytes.
  public var encoded: [UInt8] {
    var writer = ByteWriter()
    writer.write(self.inFlight)
    writer.write(self.queued)
    writer.write(self.requests)
    writer.write(self.rows)
    writer.write(self.batches)
    writer.write(self.residentBytes)
    writer.write(self.cpuMicroseconds)
    writer.write(self.uptimeMilliseconds)
    writer.write(self.computeProgress)
    writer.write(self.busyMilliseconds)
    let codes = StatusCode.allCases.filter { self.errors($0) > 0 }
    writer.write(UInt8(codes.count))
    for code in codes {
      writer.write(code.rawValue)
      writer.write(self.errors(code))
    }
    self.queueTime.write(to: &writer)
    self.computeTime.write(to: &writer)
    return writer.bytes
  }
}
