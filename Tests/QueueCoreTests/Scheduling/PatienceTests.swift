import QueueCore
import Testing

/// How long a loop looks before it sleeps.
@Suite struct PatienceTests {
  private static let long: UInt64 = 300_000

  private func look(after waits: [UInt64], sparing: Bool = false) -> UInt64 {
    var patience = Patience(longMicroseconds: Self.long / 1000)
    for wait in waits { patience.waited(nanoseconds: wait) }
    return patience.lookNanoseconds(sparesProcessors: sparing)
  }

  @Test func itLooksForLongOnceThingsComeSoon() {
    #expect(self.look(after: []) == Patience.shortNanoseconds)
    #expect(self.look(after: Array(repeating: Self.long / 2, count: 40)) == Self.long)
    #expect(self.look(after: Array(repeating: 2 * Self.long, count: 40)) == Patience.shortNanoseconds)
  }

  @Test(arguments: [UInt64(10_000_000), 1_000_000_000, .max]) func aPauseEndsItAtOnce(pause: UInt64) {
    let quick = Array(repeating: UInt64(20_000), count: 100)
    #expect(self.look(after: quick + [pause]) == Patience.shortNanoseconds)
    // And is forgotten soon, however long it was.
    #expect(self.look(after: quick + [pause] + quick.prefix(16)) == Self.long)
  }

  @Test func itLooksOnlyShortlyWhereOthersNeedTheProcessors() {
    #expect(self.look(after: Array(repeating: 20_000, count: 100), sparing: true) == Patience.shortNanoseconds)
  }

  @Test func itLooksShortlyForAWhileWhenOthersNeededTheProcessor() {
    var patience = Patience(longMicroseconds: Self.long / 1000)
    for _ in 0..<100 { patience.waited(nanoseconds: 20_000) }
    patience.waited(nanoseconds: 20_000, wasSetAside: true)
    var waits = 0
    while patience.lookNanoseconds(sparesProcessors: false) == Patience.shortNanoseconds, waits < 1000 {
      patience.waited(nanoseconds: 20_000)
      waits += 1
    }
    #expect((10...32).contains(waits))
  }

  @Test func noLookIsShorterThanTheShortOne() {
    for microseconds: UInt64 in [0, 1, 10] {
      var patience = Patience(longMicroseconds: microseconds)
      for _ in 0..<100 { patience.waited(nanoseconds: 1000) }
      #expect(patience.lookNanoseconds(sparesProcessors: false) == Patience.shortNanoseconds)
    }
  }
}
