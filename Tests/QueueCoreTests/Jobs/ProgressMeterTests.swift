import QueueCore
import Testing

struct ProgressMeterTests {
  private func instant(_ milliseconds: UInt64) -> Instant { Instant.zero.advanced(byMilliseconds: milliseconds) }

  @Test func knowsNothingAtFirst() {
    var meter = ProgressMeter()
    #expect(meter.rates(at: self.instant(5)).rowsPerSecond == 0)
    meter.record(rows: 100, bytes: 1000, at: self.instant(5))
    #expect(meter.rates(at: self.instant(5)).rowsPerSecond == 0)
  }

  @Test func tellsTheRateOfTheLastSeconds() {
    var meter = ProgressMeter()
    // Ten rows a second for a minute, then a hundred.
    for second in 0..<60 as Range<UInt64> {
      meter.record(rows: 10 * second, bytes: 100 * second, at: self.instant(1000 * second))
    }
    #expect(meter.rates(at: self.instant(59_000)).rowsPerSecond == 10)
    for second in 60..<80 as Range<UInt64> {
      meter.record(rows: 590 + 100 * (second - 59), bytes: 0, at: self.instant(1000 * second))
    }
    #expect(meter.rates(at: self.instant(79_000)).rowsPerSecond == 100)
  }

  @Test func aJobThatStandsStillLosesItsRate() {
    var meter = ProgressMeter()
    meter.record(rows: 0, bytes: 0, at: self.instant(0))
    meter.record(rows: 1000, bytes: 5000, at: self.instant(1000))
    #expect(meter.rates(at: self.instant(1000)).rowsPerSecond == 1000)
    #expect(meter.rates(at: self.instant(1000)).bytesPerSecond == 5000)
    #expect(meter.rates(at: self.instant(5000)).rowsPerSecond == 200)
    #expect(meter.rates(at: self.instant(60_000)).rowsPerSecond == 0)
  }
}
