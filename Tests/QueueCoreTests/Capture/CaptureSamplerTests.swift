import QueueCore
import Testing

@Suite struct CaptureSamplerTests {
  @Test func nothingAndEverythingAreExact() throws {
    let none = try CaptureSampler(share: 0)
    let all = try CaptureSampler(share: 1)
    #expect(none.probability == 0 && all.probability == 1)
    for id in 0..<10_000 as Range<UInt64> {
      #expect(!none.isCaptured(predictionID: id))
      #expect(all.isCaptured(predictionID: id))
    }
  }

  @Test(arguments: [0.001, 0.01, 0.1, 0.5, 0.93])
  func theShareIsKeptForIdsInARow(share: Double) throws {
    let sampler = try CaptureSampler(share: share)
    #expect((sampler.probability - share).magnitude <= 0x1p-53)
    for first in [0, 0x1234_5678_9ABC_DEF0, .max - 199_999] as [UInt64] {
      let captured = (0..<200_000 as Range<UInt64>).count { sampler.isCaptured(predictionID: first &+ $0) }
      let deviation = (200_000 * share * (1 - share)).squareRoot()
      #expect((Double(captured) - 200_000 * share).magnitude < 4 * deviation)
    }
  }

  @Test func aLargerShareCapturesAllThatASmallerOneDoes() throws {
    let small = try CaptureSampler(share: 0.1)
    let large = try CaptureSampler(share: 0.3)
    for id in 0..<20_000 as Range<UInt64> where small.isCaptured(predictionID: id) {
      #expect(large.isCaptured(predictionID: id))
    }
  }

  /// Otherwise one version's predictions could be captured and another's never.
  @Test func theChoiceHasNothingToDoWithOtherHashesOfTheSameIds() throws {
    let sampler = try CaptureSampler(share: 0.2)
    var captured = [0, 0]
    for id in 0..<200_000 as Range<UInt64> {
      var other = SplitMix64(seed: id)
      if sampler.isCaptured(predictionID: id) { captured[Int(other.next() & 1)] += 1 }
    }
    let expected = 20_000.0
    for count in captured { #expect((Double(count) - expected).magnitude < 4 * (expected * 0.8).squareRoot()) }
  }

  @Test(arguments: [-0.1, 1.0001, .nan, .infinity])
  func whatIsNoShareIsRefused(share: Double) {
    #expect(throws: CaptureSettingsError.self) { try CaptureSampler(share: share) }
  }
}
