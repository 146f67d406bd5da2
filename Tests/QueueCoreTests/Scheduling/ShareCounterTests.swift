import Testing

@testable import QueueCore

@Suite struct ShareCounterTests {
  @Test func onePickInTwentyIsTheLowerClassesWhileBothWait() {
    var share = ShareCounter()
    let picks = (1...100).map { _ in share.picksLower(upperWaits: true, lowerWaits: true) }
    #expect(picks.indices.filter { picks[$0] } == [19, 39, 59, 79, 99])
  }

  @Test func theLowerClassIsPickedWhenItWaitsAlone() {
    var share = ShareCounter()
    let picks = (1...3).map { _ in share.picksLower(upperWaits: false, lowerWaits: true) }
    #expect(picks == [true, true, true])
  }

  @Test func theUpperClassIsPickedWhenItWaitsAlone() {
    var share = ShareCounter()
    let picks = (1...100).map { _ in share.picksLower(upperWaits: true, lowerWaits: false) }
    #expect(!picks.contains(true))
  }

  @Test func theCountBeginsAnewWhenTheLowerClassHasHadItsTurn() {
    var share = ShareCounter()
    for _ in 1...19 { _ = share.picksLower(upperWaits: true, lowerWaits: true) }
    let alone = share.picksLower(upperWaits: false, lowerWaits: true)
    let picks = (1...20).map { _ in share.picksLower(upperWaits: true, lowerWaits: true) }
    #expect(alone)
    #expect(picks.firstIndex(of: true) == 19)
  }

  @Test(arguments: [21, 22, 23, 24] as [UInt64])
  func theLowerClassNeverWaitsForMoreThanNineteenPicks(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var share = ShareCounter()
    var passedOver = 0
    for _ in 0..<10_000 {
      let upperWaits = !random.chance(oneIn: 30)
      let picksLower = share.picksLower(upperWaits: upperWaits, lowerWaits: true)
      #expect(upperWaits || picksLower)
      passedOver = picksLower ? 0 : passedOver + 1
      #expect(passedOver < Int(ShareCounter.period))
    }
  }
}
