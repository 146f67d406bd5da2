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
      rate.resultReceived(backlogged: true, at: now)
    }
    return (rate, now)
  }

  @Test func nothingIsHeldAgainstAnybodyBeforeEnoughIsKnown() {
    #expect(self.rate(after: 64, every: 1_000).rate.hopefulMicroseconds(waiting: 1_000_000) == 0)
    #expect(self.rate(after: 65, every: 1_000).rate.hopefulMicroseconds(waiting: 1_000_000) > 0)
  }

  @Test func theEstimateIsHalfOfWhatTheLastResultsTook() {
    let rate = self.rate(after: 65, every: 1_000).rate
    #expect(rate.hopefulMicroseconds(waiting: 0) == 0)
    #expect(rate.hopefulMicroseconds(waiting: 1) == 500)
    #expect(rate.hopefulMicroseconds(waiting: 40) == 20_000)
  }

  @Test func theTimeAfterAQueueRanEmptyIsNoMeasure() {
    var (rate, last) = self.rate(after: 100, every: 1_000)
    rate.resultReceived(backlogged: false, at: last.advanced(byMicroseconds: 1_000))
    let nextDay = last.advanced(byMilliseconds: 86_400_000)
    rate.resultReceived(backlogged: true, at: nextDay)
    #expect(rate.hopefulMicroseconds(waiting: 1) == 500)
    rate.resultReceived(backlogged: true, at: nextDay.advanced(byMicroseconds: 1_000))
    #expect(rate.hopefulMicroseconds(waiting: 1) == 500)
  }

  @Test func theEstimateFollowsTheWorkersWhenTheyBecomeSlower() {
    var (rate, now) = self.rate(after: 100, every: 1_000)
    for _ in 0..<640 {
      now = now.advanced(byMicroseconds: 10_000)
      rate.resultReceived(backlogged: true, at: now)
    }
    #expect((4_900...5_000).contains(rate.hopefulMicroseconds(waiting: 1)))
  }

  @Test func aClockThatRunsBackwardsCountsAsNoTime() {
    var rate = self.rate(after: 100, every: 1_000).rate
    rate.resultReceived(backlogged: true, at: .zero)
    #expect((490...500).contains(rate.hopefulMicroseconds(waiting: 1)))
  }

  @Test func theEstimateIsTheLongestTimeWhereItWouldOverflow() {
    let rate = self.rate(after: 65, every: 1_000_000_000_000).rate
    #expect(rate.hopefulMicroseconds(waiting: .max) == .max)
  }

  @Test(arguments: [41, 42, 43, 44] as [UInt64])
  func theEstimateLiesBetweenTheExtremesOfWhatWasSeen(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var rate = ServiceRate()
    var now = self.start
    for _ in 0..<500 {
      now = now.advanced(byMicroseconds: UInt64.random(in: 200...9_000, using: &random))
      rate.resultReceived(backlogged: true, at: now)
      let hopeful = rate.hopefulMicroseconds(waiting: 10)
      #expect(hopeful == 0 || (990...45_000).contains(hopeful))
    }
  }
}
