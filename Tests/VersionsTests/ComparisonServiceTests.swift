import AuguryClient
import QueueCore
import Store
import Testing
import Versions

/// Comparisons by what the loop counts and what turned out to be true.
struct ComparisonServiceTests {
  private static func observation(
    _ version: String, ok: UInt64, failed: UInt64 = 0, invalid: UInt64 = 0, assigned: UInt64 = 0
  ) -> VersionObservation {
    var latency = LatencyHistogram()
    for _ in 0..<min(ok, 100) { latency.record(microseconds: 1000) }
    return VersionObservation(
      version: version, outcomes: [.ok: ok, .internal: failed, .invalidArgument: invalid], latency: latency,
      assigned: assigned)
  }

  private static func feedback(
    _ version: String, right: Int, wrong: Int, from first: UInt64, into bench: RegistryBench
  ) async throws {
    let given = (0..<right + wrong).map { number in
      GivenFeedback(
        prediction: RememberedPrediction(
          id: PredictionID(first + UInt64(number)), model: "digits", version: version, epoch: 1,
          values: [.label("3")], madeAt: 1), truth: [.label(number < right ? "3" : "4")], givenAt: 2)
    }
    _ = try await bench.store.give(given)
  }

  private func compare(
    _ bench: RegistryBench, margins: [String: Double]? = nil, route: Route? = nil
  ) async throws -> VersionComparisonStatus {
    try await bench.comparison.compare(
      ComparisonRequest(model: "digits", baseline: "1", candidate: "2", margins: margins), route: route)
  }

  @Test func figuresErrorsAndScoresOfBothVersionsStandSideBySide() async throws {
    let bench = try RegistryBench()
    bench.loop.served = [
      Self.observation("1", ok: 9_000, failed: 0, invalid: 500), Self.observation("2", ok: 8_000, failed: 1_000),
    ]
    try await Self.feedback("1", right: 950, wrong: 50, from: 0, into: bench)
    try await Self.feedback("2", right: 700, wrong: 300, from: 10_000, into: bench)
    let status = try await self.compare(bench)
    #expect(status.baseline.requests == 9_000 && status.baseline.failures == 0, "a client's fault says nothing")
    #expect(status.baseline.outcomes["INVALID_ARGUMENT"] == 500)
    #expect(status.candidate.requests == 9_000 && status.candidate.failures == 1_000)
    #expect(status.candidate.scored == 1_000 && status.baseline.latencySeconds.count == 100)
    let errors = try #require(status.metrics.first { $0.metric == "error_rate" })
    #expect(errors.verdict == "worse" && errors.candidate.value == 1.0 / 9)
    let accuracy = try #require(status.metrics.first { $0.metric == "accuracy" })
    #expect(accuracy.baseline.value == 0.95 && accuracy.candidate.value == 0.7)
    #expect(accuracy.verdict == "worse" && accuracy.exact)
    let difference = try #require(accuracy.difference.low)
    #expect(difference < -0.25 && (accuracy.difference.high ?? 0) > -0.25 && (accuracy.difference.high ?? 0) < 0)
    #expect(status.warnings.isEmpty)
  }

  @Test func littleIsNotEnoughAndAMarginMakesThemEquivalent() async throws {
    let bench = try RegistryBench()
    bench.loop.served = [Self.observation("1", ok: 10), Self.observation("2", ok: 10)]
    #expect(try await self.compare(bench).metrics.map(\.verdict) == ["not enough data"])
    bench.loop.served = [Self.observation("1", ok: 100_000), Self.observation("2", ok: 100_000)]
    #expect(try await self.compare(bench).metrics.map(\.verdict) == ["no difference found"])
    #expect(try await self.compare(bench, margins: ["error_rate": 0.01]).metrics.map(\.verdict) == ["equivalent"])
  }

  @Test func requestsThatDoNotFitTheWeightsAreWarnedOfButNotThoseFromBeforeTheRoute() async throws {
    let bench = try RegistryBench()
    let route = try Route(
      RouteSettings(variants: [
        RouteVariant(version: "1", weight: Weight(1)), RouteVariant(version: "2", weight: Weight(1)),
      ]), model: "digits")
    bench.loop.served = [
      Self.observation("1", ok: 10_000, assigned: 9_000), Self.observation("2", ok: 10_000, assigned: 1_000),
    ]
    let skewed = try await self.compare(bench, route: route)
    #expect(skewed.warnings.first?.contains("sample ratio mismatch") == true)
    await bench.comparison.routeChanged(model: "digits")
    bench.loop.served = [
      Self.observation("1", ok: 10_000, assigned: 14_020), Self.observation("2", ok: 10_000, assigned: 5_980),
    ]
    #expect(try await self.compare(bench, route: route).warnings.isEmpty)
    #expect(try await self.compare(bench, route: nil).warnings.isEmpty)
  }

  @Test func whatMakesNoSenseIsRefused() async throws {
    let bench = try RegistryBench()
    bench.loop.served = [Self.observation("1", ok: 1), Self.observation("2", ok: 1)]
    let requests: [(ComparisonRequest, PredictionError.Code)] = [
      (ComparisonRequest(model: "digits", baseline: "1", candidate: "1"), .invalidArgument),
      (ComparisonRequest(model: "digits", baseline: "1", candidate: "9"), .notFound),
      (ComparisonRequest(model: "digits", baseline: "1", candidate: "2", alpha: 0), .invalidArgument),
      (ComparisonRequest(model: "digits", baseline: "1", candidate: "2", alpha: .nan), .invalidArgument),
      (ComparisonRequest(model: "digits", baseline: "1", candidate: "2", margins: ["speed": 1]), .invalidArgument),
      (ComparisonRequest(model: "digits", baseline: "1", candidate: "2", errorBound: -1), .invalidArgument),
    ]
    for (request, code) in requests {
      let error = await failure { _ = try await bench.comparison.compare(request, route: nil) }
      #expect(error?.code == code, "\(request)")
    }
  }
}
