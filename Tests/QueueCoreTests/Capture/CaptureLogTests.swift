import QueueCore
import Testing

@Suite struct CaptureLogTests {
  private static let start = Instant(nanoseconds: 1_000_000_000)

  private static func log(
    segment: UInt64 = 100, milliseconds: UInt64 = 1000, total: UInt64 = 250, found: [CaptureSegment] = []
  ) throws -> CaptureLog {
    CaptureLog(
      limits: try CaptureLimits(segmentBytes: segment, segmentMilliseconds: milliseconds, totalBytes: total),
      found: found)
  }

  private static func append(_ log: inout CaptureLog, _ bytes: UInt64, at now: Instant = start) -> [CaptureAction] {
    var actions: [CaptureAction] = []
    log.append(bytes: bytes, at: now, into: &actions)
    return actions
  }

  @Test func aFullSegmentIsClosedAndTheOldestGoes() throws {
    var log = try Self.log()
    #expect(Self.append(&log, 60) == [.open(1), .append(segment: 1)])
    #expect(Self.append(&log, 40) == [.append(segment: 1)])
    let first = CaptureSegment(number: 1, bytes: 100, records: 2)
    #expect(Self.append(&log, 100) == [.close(first), .open(2), .append(segment: 2)])
    let second = CaptureSegment(number: 2, bytes: 100, records: 1)
    #expect(Self.append(&log, 50) == [.close(second), .open(3), .append(segment: 3)])
    #expect(log.bytes == 250)
    #expect(Self.append(&log, 1) == [.delete(first), .append(segment: 3)])
    #expect(log.segments == [second, CaptureSegment(number: 3, bytes: 51, records: 2)])
  }

  @Test func anOldSegmentIsClosedHoweverSmall() throws {
    var log = try Self.log()
    var actions: [CaptureAction] = []
    #expect(log.nextDeadline == nil)
    log.timePassed(at: .distantFuture, into: &actions)
    _ = Self.append(&log, 1)
    #expect(log.nextDeadline == Self.start.advanced(byMilliseconds: 1000))
    log.timePassed(at: Self.start.advanced(byMilliseconds: 999), into: &actions)
    #expect(actions.isEmpty)
    let segment = CaptureSegment(number: 1, bytes: 1, records: 1)
    #expect(
      Self.append(&log, 1, at: Self.start.advanced(byMilliseconds: 1000))
        == [.close(segment), .open(2), .append(segment: 2)])
    log.timePassed(at: Self.start.advanced(byMilliseconds: 2000), into: &actions)
    #expect(actions == [.close(CaptureSegment(number: 2, bytes: 1, records: 1))])
    #expect(log.nextDeadline == nil)
  }

  @Test func itGoesOnFromWhatIsFoundAndNeverUsesANumberTwice() throws {
    let found = [
      CaptureSegment(number: 9, bytes: 100, records: 1), CaptureSegment(number: 4, bytes: 100, records: 3),
      CaptureSegment(number: 7, bytes: 100, records: 2),
    ]
    var log = try Self.log(found: found)
    #expect(log.bytes == 300)
    #expect(Self.append(&log, 30) == [.delete(found[1]), .open(10), .append(segment: 10)])
    #expect(Self.append(&log, 30) == [.delete(found[2]), .append(segment: 10)])
  }

  @Test func anAppendThatFailedTakesNoRoom() throws {
    var log = try Self.log()
    _ = Self.append(&log, 100)
    log.appendFailed(bytes: 100)
    #expect(log.bytes == 0)
    #expect(log.nextDeadline == nil)
    #expect(Self.append(&log, 100) == [.append(segment: 1)])
  }

  @Test func limitsWithoutRoomAreRefused() {
    #expect(throws: CaptureSettingsError.segmentBytes(0)) { try CaptureLimits(segmentBytes: 0) }
    #expect(throws: CaptureSettingsError.totalBytes(199, segmentBytes: 100)) {
      try CaptureLimits(segmentBytes: 100, totalBytes: 199)
    }
    #expect(throws: CaptureSettingsError.self) { try CaptureLimits(segmentBytes: .max, totalBytes: .max) }
  }

  /// A disk that does what the log says, checked after every action.
  @Test func boundsHoldAtEveryMomentAndEveryRecordIsSomewhere() throws {
    var deletions = 0
    for seed in 0..<300 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      let total = UInt64.random(in: 200...600, using: &random)
      var log = try Self.log(milliseconds: UInt64.random(in: 0...50, using: &random), total: total)
      var disk: [UInt64: CaptureSegment] = [:]
      var open: UInt64?
      var now = Self.start
      var appended: UInt64 = 0
      var lost: UInt64 = 0
      for _ in 0..<200 {
        now = now.advanced(byMilliseconds: UInt64.random(in: 0...20, using: &random))
        let bytes = UInt64.random(in: 0...100, using: &random)
        var actions: [CaptureAction] = []
        if random.chance(oneIn: 5) {
          log.timePassed(at: now, into: &actions)
        } else if random.chance(oneIn: 40) {
          log.closeCurrent(into: &actions)
          log = CaptureLog(limits: log.limits, found: log.segments.reversed())
        } else {
          log.append(bytes: bytes, at: now, into: &actions)
          appended += 1
        }
        for action in actions {
          switch action {
          case .open(let number):
            #expect(open == nil && disk.keys.allSatisfy { $0 < number })
            disk[number] = CaptureSegment(number: number, bytes: 0, records: 0)
            open = number
          case .close(let segment):
            #expect(open == segment.number && disk[segment.number] == segment)
            open = nil
          case .delete(let segment):
            #expect(segment.number == disk.keys.min() && disk[segment.number] == segment)
            disk[segment.number] = nil
            lost += segment.records
            deletions += 1
          case .append(let number):
            #expect(open == number)
            let old = try #require(disk[number])
            disk[number] = CaptureSegment(number: number, bytes: old.bytes + bytes, records: old.records + 1)
          }
          #expect(disk.values.reduce(0) { $0 + $1.bytes } <= total)
          #expect(disk.values.allSatisfy { $0.bytes <= 100 })
        }
        #expect(log.segments == disk.values.sorted { $0.number < $1.number })
        #expect(appended == lost + disk.values.reduce(0) { $0 + $1.records })
      }
    }
    #expect(deletions > 1000)
  }
}
