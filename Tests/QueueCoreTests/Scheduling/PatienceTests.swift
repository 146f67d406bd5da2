import QueueCore
import Testing

/// How long a loop looks before it sleeps.
@Suite struct PatienceTests {
  private static let long: UInt64 = 300_000
  private static let quick = Array(repeating: UInt64(20_000), count: 100)

  private func patience(after waits: [UInt64]) -> Patience {
    var patience = Patience(longMicroseconds: Self.long / 1000)
    for wait in waits {
      patience.waited(nanoseconds: wait)
      patience.workCame()
    }
    return patience
  }

  private func look(after waits: [UInt64]) -> UInt64 {
    self.patience(after: waits).lookNanoseconds(sparesProcessors: false)
  }

  @Test func itLooksForLongOnceWorkComesSoon() {
    #expect(self.look(after: []) == Patience.shortNanoseconds)
    #expect(self.look(after: Array(repeating: Self.long / 2, count: 40)) == Self.long)
    #expect(self.look(after: Array(repeating: 2 * Self.long, count: 40)) == Patience.shortNanoseconds)
  }

  @Test(arguments: [UInt64(10_000_000), 1_000_000_000, .max]) func aPauseEndsItAtOnce(pause: UInt64) {
    #expect(self.look(after: Self.quick + [pause]) == Patience.shortNanoseconds)
    // And is forgotten soon, however long it was.
    #expect(self.look(after: Self.quick + [pause] + Self.quick.prefix(16)) == Self.long)
  }

  @Test func whatIsNoWorkEndsNoWait() {
    var patience = self.patience(after: Self.quick)
    // Heartbeats of many workers, one every tenth of a millisecond.
    for _ in 0..<4 { patience.waited(nanoseconds: 100_000) }
    #expect(patience.lookNanoseconds(sparesProcessors: false) == Patience.shortNanoseconds)
    for _ in 0..<1000 { patience.waited(nanoseconds: .max) }
    patience.workCame()
    #expect(patience.lookNanoseconds(sparesProcessors: false) == Patience.shortNanoseconds)
  }

  @Test func workWithoutAWaitSaysNothing() {
    var patience = Patience(longMicroseconds: Self.long / 1000)
    for _ in 0..<1000 { patience.workCame() }
    #expect(patience.lookNanoseconds(sparesProcessors: false) == Patience.shortNanoseconds)
  }

  @Test func itLooksOnlyShortlyWhereOthersHaveABetterUseForTheProcessors() {
    let patience = self.patience(after: Self.quick)
    #expect(patience.lookNanoseconds(sparesProcessors: true) == Patience.shortNanoseconds)
  }

  @Test func itLooksShortlyForAWhileWhenOthersNeededTheProcessor() {
    var patience = self.patience(after: Self.quick)
    patience.waited(nanoseconds: 20_000, wasSetAside: true)
    patience.workCame()
    var waits = 0
    while patience.lookNanoseconds(sparesProcessors: false) == Patience.shortNanoseconds, waits < 1000 {
      patience.waited(nanoseconds: 20_000)
      patience.workCame()
      waits += 1
    }
    #expect((10...32).contains(waits))
  }

  @Test(arguments: [UInt64(0), 1, 10]) func noLookIsShorterThanTheShortOne(microseconds: UInt64) {
    var patience = Patience(longMicroseconds: microseconds)
    for _ in 0..<100 {
      patience.waited(nanoseconds: 1000)
      patience.workCame()
    }
    #expect(patience.lookNanoseconds(sparesProcessors: false) == Patience.shortNanoseconds)
  }
}
