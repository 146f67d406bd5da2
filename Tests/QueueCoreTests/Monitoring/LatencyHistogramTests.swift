import Testing

@testable import QueueCore

@Suite struct LatencyHistogramTests {
  @Test func bucketsFollowEachOtherWithoutGapOrOverlap() {
    #expect(LatencyHistogram.lowestValue(of: 0) == 0)
    for index in 0..<LatencyHistogram.bucketCount {
      let low = LatencyHistogram.lowestValue(of: index)
      let high = LatencyHistogram.highestValue(of: index)
      #expect(LatencyHistogram.bucketIndex(of: low) == index)
      #expect(LatencyHistogram.bucketIndex(of: high) == index)
      #expect(LatencyHistogram.lowestValue(of: index + 1) == high + 1)
      #expect(low < 16 ? high == low : (high - low + 1) * 16 <= low, "bucket \(index) is wider than 6.25 %")
    }
    #expect(LatencyHistogram.highestValue(of: LatencyHistogram.bucketCount - 1) == 0xFFFF_FFFF)
  }

  @Test func durationsPastTheScaleFallIntoTheLastBucketAndKeepTheirExactMaximum() {
    var histogram = LatencyHistogram()
    for value in [UInt64(1) << 32, 1 << 40, .max] { histogram.record(microseconds: value) }
    #expect(histogram.count == 3)
    #expect(histogram.sum == .max)
    #expect(histogram.min == 1 << 32)
    #expect(histogram.max == .max)
    #expect(histogram.quantile(0.5) == .max)
    #expect(histogram.count(below: 1 << 32) == 0)
    #expect(histogram.count(below: .max) == 0)
  }

  @Test func emptyHistogramAnswersZeroToEverything() {
    let histogram = LatencyHistogram()
    #expect(histogram.isEmpty)
    #expect(histogram.count == 0 && histogram.sum == 0)
    #expect(histogram.min == 0 && histogram.max == 0 && histogram.quantile(0.99) == 0)
    #expect(histogram.mean == 0)
    #expect(histogram.count(below: .max) == 0)
  }

  @Test func quantilesAreNeverTooLowAndAtMostOneSixteenthTooHigh() {
    for seed in 0..<40 as Range<UInt64> {
      let values = Self.values(seed: seed, count: 1 + Int(seed) * 37)
      let histogram = Self.histogram(of: values)
      let sorted = values.sorted()
      for q in [0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1] {
        let rank = max(1, Int((q * Double(sorted.count)).rounded(.up)))
        let exact = sorted[rank - 1]
        let answer = histogram.quantile(q)
        #expect(answer >= exact, "seed \(seed), q \(q)")
        #expect(Double(answer) <= Double(exact) * 1.0625 + 0.001, "seed \(seed), q \(q)")
      }
      #expect(histogram.min == sorted.first)
      #expect(histogram.max == sorted.last)
      #expect(histogram.sum == values.reduce(0, +))
      #expect(histogram.mean == Double(values.reduce(0, +)) / Double(values.count))
    }
  }

  @Test func quantileOutsideItsRangeIsTheNearerEnd() {
    let histogram = Self.histogram(of: [3, 5, 9])
    #expect(histogram.quantile(-1) == 3)
    #expect(histogram.quantile(7) == 9)
    #expect(histogram.quantile(.infinity) == 9)
    #expect(histogram.quantile(.nan) == 9)
  }

  @Test func countBelowAPowerOfTwoIsExact() {
    let values = Self.values(seed: 7, count: 500)
    let histogram = Self.histogram(of: values)
    for exponent in 0..<34 {
      let bound = UInt64(1) << UInt64(exponent)
      #expect(histogram.count(below: bound) == UInt64(values.count { $0 < bound }))
    }
    for bound in 0...32 as ClosedRange<UInt64> {
      #expect(histogram.count(below: bound) == UInt64(values.count { $0 < bound }))
    }
  }

  @Test func mergingEqualsRecordingEverythingInOne() {
    for seed in 0..<20 as Range<UInt64> {
      let left = Self.values(seed: seed, count: Int(seed) * 3)
      let right = Self.values(seed: seed + 100, count: 40)
      var merged = Self.histogram(of: left)
      merged.merge(Self.histogram(of: right))
      #expect(merged == Self.histogram(of: left + right))
      merged.merge(LatencyHistogram())
      #expect(merged == Self.histogram(of: left + right))
    }
  }

  @Test func everyHistogramSurvivesTheWire() throws {
    for seed in 0..<20 as Range<UInt64> {
      let histogram = Self.histogram(of: Self.values(seed: seed, count: Int(seed) * 11))
      #expect(try Self.decoded(Self.encoded(histogram)) == histogram)
    }
  }

  @Test func anEmptyOneKeepsNoBucketsAndOneThatWasReadThoseBetweenItsEnds() throws {
    #expect(LatencyHistogram().covered.isEmpty)
    #expect(try Self.decoded(Self.encoded(LatencyHistogram())).covered.isEmpty)
    let read = try Self.decoded(Self.encoded(Self.histogram(of: [1000, 1500, 4000])))
    let ends = (LatencyHistogram.bucketIndex(of: 1000), LatencyHistogram.bucketIndex(of: 4000))
    #expect(read.covered == ends.0..<ends.1 + 1)
    var sum = LatencyHistogram()
    sum.merge(read)
    sum.merge(LatencyHistogram())
    #expect(sum.covered == read.covered)
  }

  @Test func whatIsKeptMakesNoDifference() throws {
    for seed in 0..<40 as Range<UInt64> {
      // Narrow ranges, apart from each other.
      let values = (0..<3).map { part in Self.values(seed: seed + part, count: 5).map { $0 % 500 + 7000 << (3 * part) }
      }
      let parts = try values.map { try Self.decoded(Self.encoded(Self.histogram(of: $0))) }
      var merged = parts[Int(seed % 3)]
      merged.merge(parts[Int((seed + 1) % 3)])
      merged.merge(parts[Int((seed + 2) % 3)])
      var recorded = parts[0]
      for value in values[1] + values[2] { recorded.record(microseconds: value) }
      let all = Self.histogram(of: values[0] + values[1] + values[2])
      for histogram in [merged, recorded] {
        #expect(histogram == all)
        #expect(histogram.hashValue == all.hashValue)
        #expect(Self.encoded(histogram) == Self.encoded(all))
        for q in [0, 0.3, 0.5, 0.8, 1] { #expect(histogram.quantile(q) == all.quantile(q)) }
        for bound in [0, 16, 1 << 12, 1 << 14, 1 << 20, .max] as [UInt64] {
          #expect(histogram.count(below: bound) == all.count(below: bound))
        }
        #expect(histogram.since(parts[0]) == all.since(Self.histogram(of: values[0])))
        #expect(parts[0].since(histogram).isEmpty)
      }
      recorded.record(microseconds: 0)
      #expect(recorded != all)
    }
  }

  @Test func truncationAnywhereIsAnError() throws {
    let bytes = Self.encoded(Self.histogram(of: [0, 17, 90_000, 1 << 35]))
    for count in 0..<bytes.count {
      #expect(throws: WireError.self) { try Self.decoded(Array(bytes[..<count])) }
    }
  }

  @Test func contradictionsInABufferAreRefusedByName() {
    let good = Self.encoded(Self.histogram(of: [20, 20, 300]))
    // 1 byte bits, 8 sum, 8 min, 8 max, 2 count, then (2 index, 8 count) twice.
    let cases: [(offset: Int, value: UInt8, field: String)] = [
      (0, 5, "histogram sub-bucket bits"), (8, 1, "histogram sum"), (16, 16, "histogram min"),
      (24, 0, "histogram max"), (28, 200, "histogram bucket"), (27, 0xFF, "histogram bucket"),
      (36, 0, "histogram bucket's count"),
    ]
    for (offset, value, field) in cases {
      var bytes = good
      bytes[offset] = value
      if field == "histogram sum" { bytes[7] = 0 }
      #expect(Self.refusedField(of: bytes) == field)
    }
  }

  @Test func arbitraryBytesNeverTrap() {
    var random = SplitMix64(seed: 11)
    let good = Self.encoded(Self.histogram(of: Self.values(seed: 3, count: 50)))
    for _ in 0..<20_000 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      guard var histogram = try? Self.decoded(bytes) else { continue }
      histogram.merge(histogram)
      histogram.record(microseconds: .max)
      _ = histogram.quantile(0.99)
      _ = histogram.count(below: 1 << 20)
    }
  }

  /// Durations of every size, from one microsecond to past an hour.
  private static func values(seed: UInt64, count: Int) -> [UInt64] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in
      UInt64.random(in: 0...(1 << UInt64.random(in: 0...31, using: &random)), using: &random)
    }
  }

  private static func histogram(of values: [UInt64]) -> LatencyHistogram {
    var histogram = LatencyHistogram()
    for value in values { histogram.record(microseconds: value) }
    return histogram
  }

  private static func encoded(_ histogram: LatencyHistogram) -> [UInt8] {
    var writer = ByteWriter()
    histogram.write(to: &writer)
    return writer.bytes
  }

  private static func decoded(_ bytes: [UInt8]) throws(WireError) -> LatencyHistogram {
    let span = bytes.span.bytes
    var reader = ByteReader(span)
    return try LatencyHistogram(from: &reader)
  }

  private static func refusedField(of bytes: [UInt8]) -> String? {
    do throws(WireError) {
      _ = try Self.decoded(bytes)
      return nil
    } catch {
      guard case .invalidValue(let field, _, _) = error else { return "\(error)" }
      return field
    }
  }
}
