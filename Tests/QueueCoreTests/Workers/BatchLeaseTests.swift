import Testing

@testable import QueueCore

@Suite struct BatchLeaseTests {
  private let start = Instant(nanoseconds: 1_000_000_000)

  private func after(_ milliseconds: UInt64) -> Instant { self.start.advanced(byMilliseconds: milliseconds) }

  private func lease(_ milliseconds: UInt64, heartbeatMilliseconds: UInt32 = 100) -> BatchLease {
    var lease = BatchLease(leaseMilliseconds: milliseconds, heartbeatMilliseconds: heartbeatMilliseconds)
    lease.moved(at: self.start)
    return lease
  }

  @Test func aLeaseEndsItsLengthAfterTheLastMovement() {
    var lease = self.lease(1_000)
    #expect(lease.endsAt == self.after(1_000))
    lease.moved(at: self.after(300))
    #expect(lease.endsAt == self.after(1_300))
    lease.moved(at: self.after(200))
    #expect(lease.endsAt == self.after(1_300), "time does not run backwards")
  }

  @Test func onlyOtherProgressThanBeforeIsMovement() {
    var lease = self.lease(1_000)
    lease.heard(progress: 5, at: self.after(100))
    #expect(lease.endsAt == self.after(1_100))
    lease.heard(progress: 5, at: self.after(200))
    lease.heard(progress: nil, at: self.after(300))
    #expect(lease.endsAt == self.after(1_100))
    lease.heard(progress: 4, at: self.after(400))
    #expect(lease.endsAt == self.after(1_400), "a number that has wrapped around has moved too")
  }

  @Test func aWorkerThatBeatsSeldomHasTwoHeartbeatsAtLeast() {
    #expect(self.lease(1_000, heartbeatMilliseconds: 500).endsAt == self.after(1_000))
    #expect(self.lease(1_000, heartbeatMilliseconds: 501).endsAt == self.after(1_002))
    #expect(self.lease(1, heartbeatMilliseconds: .max).endsAt == self.after(2 * UInt64(UInt32.max)))
  }

  @Test func aLeaseOfZeroNeverEnds() {
    #expect(self.lease(0).endsAt == .distantFuture)
    #expect(self.lease(.max).endsAt == .distantFuture)
  }
}
