import QueueCore
import Testing

@Suite struct WorkerFiguresTests {
  @Test func figuresSurviveTheWire() throws {
    for seed in 0..<20 as Range<UInt64> {
      let figures = Self.figures(seed: seed)
      #expect(try WorkerFigures(decoding: figures.encoded.span.bytes) == figures)
    }
  }

  @Test func aNewerPeersAdditionalFieldsAreLeftAlone() throws {
    let figures = Self.figures(seed: 5)
    let longer = figures.encoded + [1, 2, 3]
    #expect(try WorkerFigures(decoding: longer.span.bytes) == figures)
  }

  @Test func truncationAnywhereIsAnError() {
    let bytes = Self.figures(seed: 1).encoded
    for count in 0..<bytes.count {
      let cut = Array(bytes[..<count])
      #expect(throws: WireError.self) { try WorkerFigures(decoding: cut.span.bytes) }
    }
  }

  @Test func errorCountsOutOfOrderOrOfUnknownCodesAreRefused() {
    var figures = WorkerFigures()
    figures.countErrors(.invalidArgument)
    figures.countErrors(.internal)
    let bytes = figures.encoded
    let firstCode = 4 + 4 + 8 * 8 + 1
    #expect(bytes[firstCode] == StatusCode.invalidArgument.rawValue)
    for wrong in [0, 13, 17, 255] as [UInt8] {
      var changed = bytes
      changed[firstCode] = wrong
      #expect(throws: WireError.self) { try WorkerFigures(decoding: changed.span.bytes) }
    }
  }

  @Test func successIsNotCountedAsAnError() {
    var figures = WorkerFigures()
    figures.countErrors(.ok, 5)
    #expect(StatusCode.allCases.allSatisfy { figures.errors($0) == 0 })
  }

  @Test func mergingAddsTotalsAndKeepsTheLongestTimes() {
    var sum = Self.figures(seed: 1)
    let first = sum
    let second = Self.figures(seed: 2)
    sum.merge(second)
    #expect(sum.inFlight == first.inFlight + second.inFlight)
    #expect(sum.queued == first.queued + second.queued)
    #expect(sum.requests == first.requests + second.requests)
    #expect(sum.rows == first.rows + second.rows)
    #expect(sum.batches == first.batches + second.batches)
    #expect(sum.residentBytes == first.residentBytes + second.residentBytes)
    #expect(sum.cpuMicroseconds == first.cpuMicroseconds + second.cpuMicroseconds)
    #expect(sum.uptimeMilliseconds == max(first.uptimeMilliseconds, second.uptimeMilliseconds))
    #expect(sum.busyMilliseconds == max(first.busyMilliseconds, second.busyMilliseconds))
    #expect(sum.computeProgress == first.computeProgress + second.computeProgress)
    #expect(sum.queueTime.count == first.queueTime.count + second.queueTime.count)
    #expect(sum.computeTime.sum == first.computeTime.sum + second.computeTime.sum)
    for code in StatusCode.allCases { #expect(sum.errors(code) == first.errors(code) + second.errors(code)) }
  }

  @Test func sumsStopAtTheirGreatestValue() {
    var figures = WorkerFigures()
    figures.inFlight = .max
    figures.requests = .max
    figures.countErrors(.internal, .max)
    let copy = figures
    figures.merge(copy)
    #expect(figures.inFlight == .max)
    #expect(figures.requests == .max)
    #expect(figures.errors(.internal) == .max)
  }

  private static func figures(seed: UInt64) -> WorkerFigures {
    var random = SplitMix64(seed: seed)
    func number() -> UInt64 { UInt64.random(in: 0...(1 << 40), using: &random) }
    var figures = WorkerFigures()
    figures.inFlight = UInt32.random(in: 0...1000, using: &random)
    figures.queued = UInt32.random(in: 0...1000, using: &random)
    figures.requests = number()
    figures.rows = number()
    figures.batches = number()
    figures.residentBytes = number()
    figures.cpuMicroseconds = number()
    figures.uptimeMilliseconds = number()
    figures.computeProgress = number()
    figures.busyMilliseconds = number()
    for code in StatusCode.allCases where random.chance(oneIn: 2) { figures.countErrors(code, number()) }
    for _ in 0..<Int.random(in: 0...50, using: &random) {
      figures.queueTime.record(microseconds: number() >> 15)
      figures.computeTime.record(microseconds: number() >> 20)
    }
    return figures
  }
}
