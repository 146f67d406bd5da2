import QueueCore
import Testing

@Suite struct CaptureQueueTests {
  @Test func whatHasNoRoomIsDroppedAndCountedByReason() throws {
    var queue = try CaptureQueue(maximumRecords: 2, maximumBytes: 100, maximumRecordBytes: 90)
    #expect(queue.offer(bytes: 91) == .recordTooLarge)
    #expect(queue.offer(bytes: .max) == .recordTooLarge)
    #expect(queue.offer(bytes: 90) == nil)
    #expect(queue.offer(bytes: 11) == .queueBytes)
    #expect(queue.offer(bytes: 10) == nil)
    #expect(queue.offer(bytes: 0) == .queueFull)
    queue.recordWritten(bytes: 90)
    queue.writeFailed(bytes: 10)
    queue.segmentDeleted(records: 7)
    #expect(queue.records == 0 && queue.bytes == 0 && queue.written == 1)
    #expect(CaptureDrop.allCases.map { queue.drops[$0] } == [1, 1, 2, 1, 7])
    #expect(queue.drops.total == 12)
  }

  /// Nothing is lost without being counted, and the bounds hold, whatever the order.
  @Test func theBooksBalance() throws {
    for seed in 0..<200 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      var queue = try CaptureQueue(maximumRecords: 5, maximumBytes: 300, maximumRecordBytes: 120)
      var waiting: [UInt64] = []
      var offered: UInt64 = 0
      for _ in 0..<300 {
        if waiting.isEmpty || random.chance(oneIn: 2) {
          let bytes = UInt64.random(in: 0...150, using: &random)
          offered += 1
          if queue.offer(bytes: bytes) == nil { waiting.append(bytes) }
        } else if random.chance(oneIn: 4) {
          queue.writeFailed(bytes: waiting.removeFirst())
        } else {
          queue.recordWritten(bytes: waiting.removeFirst())
        }
        #expect(queue.records == UInt64(waiting.count) && queue.records <= 5)
        #expect(queue.bytes == waiting.reduce(0, +) && queue.bytes <= 300)
        #expect(offered == queue.records + queue.written + queue.drops.total)
      }
    }
  }

  @Test func aQueueWithoutRoomIsRefused() {
    #expect(throws: CaptureSettingsError.queueEmpty) {
      try CaptureQueue(maximumRecords: 0, maximumBytes: 1, maximumRecordBytes: 1)
    }
    #expect(throws: CaptureSettingsError.queueEmpty) {
      try CaptureQueue(maximumRecords: 1, maximumBytes: 0, maximumRecordBytes: 1)
    }
    #expect(throws: CaptureSettingsError.queueEmpty) {
      try CaptureQueue(maximumRecords: 1, maximumBytes: 1, maximumRecordBytes: 0)
    }
  }
}
