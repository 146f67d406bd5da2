import Testing

@testable import QueueCore

@Suite struct ServiceRateTests {
  let start = Instant(nanoseconds: 1_000_000_000)

  /// A rate after `count` results, one every `microseconds`, while others waited; and when the last one came.
  private func rate(after count: Int, every microseconds: UInt64) -> (rate: ServiceRate, last: Instant) {
    var rate = ServiceRate()
    var now = self.start
    for _ in 0..<count {
      now = now.advanced(byMicroseconds: microseconds)
      rate.resultReceived(backlogged: true, busy: true, at: now)
    }
    return (rate, now)
  }

  @Test func nothingIsHeldAgainstAnybodyBeforeEnoughIsKnown() {
    #expect(self.rate(after: 64, every: 1_000).rate.microseconds(for: 1_000_000) == nil)
    #expect(self.rate(after: 64, every: 1_000).rate.requests(within: 1) == nil)
    #expect(self.rate(after: 65, every: 1_000).rate.microseconds(for: 1_000_000) == 1_000_000_000)
  }

  @Test func theEstimateIsWhatTheLastResultsTook() {
    let rate = self.rate(after: 65, every: 1_000).rate
    #expect(rate.microseconds(for: 0) == 0)
    #expect(rate.microseconds(for: 1) == 1_000)
    #expect(rate.microseconds(for: 40) == 40_000)
    #expect([0, 999, 1_000, 40_999].map { rate.requests(within: $0) } == [0, 0, 1, 40])
    #expect(rate.requests(within: .max) == Int(UInt64.max / 1_000_000))
  }

  @Test func workersThatAreFasterThanThoughtAreNoticedThoughNobodyWaits() {
    var (rate, now) = self.rate(after: 100, every: 10_000)
    for _ in 0..<640 {
      now = now.advanced(byMicroseconds: 1_000)
      rate.resultReceived(backlogged: false, busy: true, at: now)
    }
    #expect((1_000...1_100).contains(rate.microseconds(for: 1) ?? 0))
    // That they are slower says nothing: they could have had more to do.
    for _ in 0..<640 {
      now = now.advanced(byMicroseconds: 50_000)
      rate.resultReceived(backlogged: false, busy: true, at: now)
    }
    #expect((1_000...1_100).contains(rate.microseconds(for: 1) ?? 0))
  }

  @Test func theTimeAfterAQueueRanEmptyIsNoMeasure() {
    var (rate, last) = self.rate(after: 100, every: 1_000)
    rate.resultReceived(backlogged: false, busy: false, at: last.advanced(byMicroseconds: 1_000))
    let nextDay = last.advanced(byMilliseconds: 86_400_000)
    rate.resultReceived(backlogged: true, busy: false, at: nextDay)
    #expect(rate.microseconds(for: 1) == 1_000)
    rate.resultReceived(backlogged: true, busy: false, at: nextDay.advanced(byMicroseconds: 1_000))
    #expect(rate.microseconds(for: 1) == 1_000)
  }

  @Test func theEstimateFollowsTheWorkersWhenTheyBecomeSlower() {
    var (rate, now) = self.rate(after: 100, every: 1_000)
    for _ in 0..<640 {
      now = now.advanced(byMicroseconds: 10_000)
      rate.resultReceived(backlogged: true, busy: false, at: now)
    }
    #expect((9_800...10_000).contains(rate.microseconds(for: 1) ?? 0))
  }

  @Test func aClockThatRunsBackwardsCountsAsNoTime() {
    var rate = self.rate(after: 100, every: 1_000).rate
    rate.resultReceived(backlogged: true, busy: false, at: .zero)
    #expect((980...1_000).contains(rate.microseconds(for: 1) ?? 0))
  }

  @Test func theEstimateIsTheLongestTimeWhereItWouldOverflow() {
    let rate = self.rate(after: 65, every: 1_000_000_000_000).rate
    #expect(rate.microseconds(for: .max) == .max)
  }

  @Test(arguments: [41, 42, 43, 44] as [UInt64])
  func theEstimateLiesBetweenTheExtremesOfWhatWasSeen(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var rate = ServiceRate()
    var now = self.start
    for _ in 0..<500 {
      now = now.advanced(byMicroseconds: UInt64.random(in: 200...9_000, using: &random))
      rate.resultReceived(backlogged: true, busy: false, at: now)
      let estimate = rate.microseconds(for: 10)
      #expect(estimate.map { (1_990...90_000).contains($0) } ?? true)
    }
  }
}
