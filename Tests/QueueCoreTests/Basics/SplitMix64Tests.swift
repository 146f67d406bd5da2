import Testing

@testable import QueueCore

@Suite struct SplitMix64Tests {
  /// The first numbers of the authors' own program, <https://prng.di.unimi.it/splitmix64.c>, for this seed.
  @Test func theSequenceIsThePublishedOne() {
    var random = SplitMix64(seed: 1_234_567)
    let numbers = (0..<5).map { _ in random.next() }
    #expect(
      numbers == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
      ])
  }

  @Test func theSameSeedGivesTheSameSequence() {
    var first = SplitMix64(seed: 42)
    var second = SplitMix64(seed: 42)
    var other = SplitMix64(seed: 43)
    let numbers = (0..<100).map { _ in first.next() }
    #expect(numbers == (0..<100).map { _ in second.next() })
    #expect(numbers != (0..<100).map { _ in other.next() })
  }

  @Test func aChanceComesAsOftenAsItSays() {
    var random = SplitMix64(seed: 9)
    let hits = (0..<40_000).count { _ in random.chance(oneIn: 4) }
    #expect((9_500...10_500).contains(hits))
  }

  @Test func chanceOneIsCertainAndChanceZeroNever() {
    var random = SplitMix64(seed: 9)
    let hits = [1, 0, -3].map { oneIn in (0..<100).count { _ in random.chance(oneIn: oneIn) } }
    #expect(hits == [100, 0, 0])
  }
}
