import Testing

@testable import QueueCore

@Suite struct InstantTests {
  static let seeds: [UInt64] = [1, 2, 3]

  @Test func unitsOfTimeAddUp() {
    let start = Instant(nanoseconds: 7)
    #expect(start.advanced(byNanoseconds: 3).nanoseconds == 10)
    #expect(start.advanced(byMicroseconds: 3).nanoseconds == 3_007)
    #expect(start.advanced(byMilliseconds: 3).nanoseconds == 3_000_007)
  }

  @Test func elapsedTimeIsCutToWholeUnits() {
    let start = Instant(nanoseconds: 100)
    let end = Instant(nanoseconds: 2_999_999 + 100)
    #expect(end.microseconds(since: start) == 2_999)
    #expect(end.milliseconds(since: start) == 2)
  }

  @Test func timeThatRunsBackwardsIsNoTime() {
    let later = Instant(nanoseconds: 5_000_000)
    #expect(Instant.zero.microseconds(since: later) == 0)
    #expect(Instant.zero.milliseconds(since: later) == 0)
    #expect(later.microseconds(since: later) == 0)
  }

  @Test func timePastTheEndOfTheClockIsTheDistantFuture() {
    let late = Instant(nanoseconds: .max - 5)
    #expect(late.advanced(byNanoseconds: 5) == .distantFuture)
    #expect(late.advanced(byNanoseconds: 6) == .distantFuture)
    #expect(Instant.zero.advanced(byMicroseconds: .max) == .distantFuture)
    #expect(Instant.zero.advanced(byMilliseconds: .max) == .distantFuture)
    #expect(Instant.zero.advanced(byMicroseconds: .max / 1000 + 1) == .distantFuture)
    #expect(late.advanced(byNanoseconds: 4) < .distantFuture)
  }

  @Test(arguments: Self.seeds)
  func advancingAgreesWithArithmeticWithoutEnd(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for _ in 0..<2_000 {
      // Numbers of every length, so that some sums and products pass the end of the clock and some do not.
      let start = random.next() >> UInt64.random(in: 0..<64, using: &random)
      let step = random.next() >> UInt64.random(in: 0..<64, using: &random)
      for (scale, moved) in [
        (1, Instant(nanoseconds: start).advanced(byNanoseconds: step)),
        (1_000, Instant(nanoseconds: start).advanced(byMicroseconds: step)),
        (1_000_000, Instant(nanoseconds: start).advanced(byMilliseconds: step)),
      ] {
        let exact = UInt128(start) + UInt128(step) * UInt128(scale)
        #expect(UInt128(moved.nanoseconds) == min(exact, UInt128(UInt64.max)))
      }
    }
  }

  @Test func readingsAreOrderedByTime() {
    #expect(Instant.zero < Instant(nanoseconds: 1))
    #expect(Instant(nanoseconds: 1) < .distantFuture)
    #expect(!(Instant(nanoseconds: 1) < Instant(nanoseconds: 1)))
  }
}
