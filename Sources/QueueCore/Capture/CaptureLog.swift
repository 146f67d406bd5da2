import DequeModule

/// How much captured data is kept, and in what pieces.
public struct CaptureLimits: Hashable, Sendable {
  /// The greatest segment.
  public let segmentBytes: UInt64
  /// After this time a segment is closed, however small, so that what it holds can be used.
  public let segmentMilliseconds: UInt64
  /// All segments together.
  public let totalBytes: UInt64

  /// Makes limits. Throws ``CaptureSettingsError`` unless there is room for two segments: the open one and one to read.
  public init(
    segmentBytes: UInt64 = 64 << 20, segmentMilliseconds: UInt64 = 3_600_000, totalBytes: UInt64 = 1 << 30
  ) throws(CaptureSettingsError) {
    guard segmentBytes > 0 else { throw .segmentBytes(segmentBytes) }
    guard totalBytes / 2 >= segmentBytes else { throw .totalBytes(totalBytes, segmentBytes: segmentBytes) }
    self.segmentBytes = segmentBytes
    self.segmentMilliseconds = segmentMilliseconds
    self.totalBytes = totalBytes
  }
}

/// A file of captured predictions.
public struct CaptureSegment: Hashable, Sendable, BitwiseCopyable {
  /// Its place in the order of segments; never used twice.
  public let number: UInt64
  /// Its size.
  public internal(set) var bytes: UInt64
  /// Its records.
  public internal(set) var records: UInt64

  /// Makes a segment as found on disk.
  public init(number: UInt64, bytes: UInt64, records: UInt64) {
    self.number = number
    self.bytes = bytes
    self.records = records
  }
}

/// What a capture's driver must do, in this order.
public enum CaptureAction: Hashable, Sendable, BitwiseCopyable {
  /// Delete a closed segment, the oldest, to make room. Its records are lost; count them.
  case delete(CaptureSegment)
  /// Make the open segment durable and close it.
  case close(CaptureSegment)
  /// Make a new segment with this number.
  case open(UInt64)
  /// Append the record to the open segment.
  case append(segment: UInt64)
}

/// Divides captured predictions into segments and keeps their sum within bounds.
///
/// A segment never grows above its limit and never outlives its time, except while nothing happens at all; all together
/// never grow above theirs, not even between two actions. To make room the oldest closed segments go.
public struct CaptureLog: Hashable, Sendable {
  /// How much is kept.
  public let limits: CaptureLimits
  /// Closed segments, oldest first.
  private var closed: Deque<CaptureSegment>
  private var closedBytes: UInt64
  private var current: CaptureSegment?
  private var openedAt = Instant.zero
  private var nextNumber: UInt64

  /// Goes on from the closed segments found on disk, in any order; with none, from nothing. What is over the limit is
  /// deleted before the next record is written.
  public init(limits: CaptureLimits, found segments: [CaptureSegment] = []) {
    self.limits = limits
    self.closed = Deque(segments.sorted { $0.number < $1.number })
    self.closedBytes = segments.reduce(0) { LatencyHistogram.saturatingSum($0, $1.bytes) }
    self.nextNumber = LatencyHistogram.saturatingSum(self.closed.last?.number ?? 0, 1)
  }

  /// All segments, oldest first, the open one last.
  public var segments: [CaptureSegment] { Array(self.closed) + (self.current.map { [$0] } ?? []) }

  /// The size of all segments.
  public var bytes: UInt64 {
    LatencyHistogram.saturatingSum(self.closedBytes, self.current?.bytes ?? 0)
  }

  /// Plans where a record of so many bytes goes, which must not be more than a segment may have; such are refused by
  /// ``CaptureQueue``. If the append fails, call ``appendFailed(bytes:)``.
  public mutating func append(bytes: UInt64, at now: Instant, into actions: inout [CaptureAction]) {
    precondition(bytes <= self.limits.segmentBytes, "A record of \(bytes) bytes does not fit into a segment")
    if let open = self.current, bytes > self.limits.segmentBytes - open.bytes { self.closeCurrent(into: &actions) }
    self.timePassed(at: now, into: &actions)
    self.makeRoom(for: bytes, into: &actions)
    if self.current == nil {
      self.current = CaptureSegment(number: self.nextNumber, bytes: 0, records: 0)
      self.openedAt = now
      actions.append(.open(self.nextNumber))
      self.closedBytes = segments.reduce(0) { LatencyHistogram.saturatingSum($0, $1.bytes) }
      self.nextNumber = LatencyHistogram.saturatingSum(self.nextNumber, 1)
    }
    guard var open = self.current else { return }
    open.bytes += bytes
    open.records += 1
    self.current = open
    actions.append(.append(segment: open.number))
  }

  /// The last record could not be appended; the driver has cut the segment back to what it was.
  public mutating func appendFailed(bytes: UInt64) {
    guard var open = self.current, open.records > 0, bytes <= open.bytes else { return }
    open.bytes -= bytes
    open.records -= 1
    self.current = open
  }

  /// Closes the open segment if its time is over and it has a record.
  public mutating func timePassed(at now: Instant, into actions: inout [CaptureAction]) {
    guard let open = self.current, open.records > 0,
      now.milliseconds(since: self.openedAt) >= self.limits.segmentMilliseconds
    else { return }
    self.closeCurrent(into: &actions)
  }

  /// Closes the open segment, at the end or when somebody wants what it holds.
  public mutating func closeCurrent(into actions: inout [CaptureAction]) {
    guard let open = self.current else { return }
    self.current = nil
    self.closed.append(open)
    self.closedBytes = LatencyHistogram.saturatingSum(self.closedBytes, open.bytes)
    actions.append(.close(open))
  }

  /// When ``timePassed(at:into:)`` is due; nil if no segment is open.
  public var nextDeadline: Instant? {
    guard let open = self.current, open.records > 0 else { return nil }
    return self.openedAt.advanced(byMilliseconds: self.limits.segmentMilliseconds)
  }

  private mutating func makeRoom(for bytes: UInt64, into actions: inout [CaptureAction]) {
    while LatencyHistogram.saturatingSum(self.bytes, bytes) > self.limits.totalBytes,
      let oldest = self.closed.popFirst()
    {
      self.closedBytes -= min(oldest.bytes, self.closedBytes)
      actions.append(.delete(oldest))
    }
  }
}
