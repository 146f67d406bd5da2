import Testing

@testable import QueueCore

@Suite struct GuardOutcomeTests {
  private static func tally(
    failures: UInt64 = 0, requests: UInt64 = 0, correct: UInt64 = 0, scored: UInt64 = 0, milliseconds: [UInt64] = []
  ) throws -> VersionTally {
    var tally = VersionTally()
    tally.requests = try #require(BinaryTally(events: failures, trials: requests))
    tally.classification = try #require(BinaryTally(events: correct, trials: scored))
    for value in milliseconds { tally.latency.record(microseconds: value * 1000) }
    return tally
  }

  private static func outcome(
    _ text: String, candidate: VersionTally, baseline: VersionTally = VersionTally(),
    earlier: VersionTally = VersionTally()
  ) throws -> GuardOutcome {
    let window = RolloutWindow(candidate: candidate, baseline: baseline, earlierBaseline: earlier)
    return try RolloutGuard(parsing: text).evaluate(window, minimumRequests: 100, minimumScores: 50)
  }

  @Test func limitsAreMetOrNotAlsoAtTheirEdge() throws {
    let atLimit = try Self.tally(failures: 10, requests: 1000)
    let reading = GuardReading(observed: 0.01, limit: 0.01)
    #expect(try Self.outcome("error_rate<1%", candidate: atLimit) == .fails(reading))
    #expect(try Self.outcome("error_rate<=1%", candidate: atLimit) == .holds(reading))
    #expect(try Self.outcome("error_rate>1%", candidate: atLimit) == .fails(reading))
    #expect(try Self.outcome("error_rate>=1%", candidate: atLimit) == .holds(reading))
  }

  @Test func littleDataDecidesNothing() throws {
    #expect(
      try Self.outcome("error_rate<1%", candidate: Self.tally(failures: 1, requests: 5))
        == .undecided(GuardShortfall(side: .candidate, kind: .requests, has: 5, needs: 100)))
    #expect(
      try Self.outcome("accuracy>90%", candidate: Self.tally(requests: 1000, correct: 9, scored: 10))
        == .undecided(GuardShortfall(side: .candidate, kind: .scores, has: 10, needs: 50)))
    #expect(
      try Self.outcome("p99<1s", candidate: Self.tally(requests: 1000))
        == .undecided(GuardShortfall(side: .candidate, kind: .requests, has: 0, needs: 100)))
  }

  @Test func whatIsClearlyTooBadIsFoundEarly() throws {
    #expect(
      try Self.outcome("error_rate<1%", candidate: Self.tally(failures: 5, requests: 5))
        == .fails(GuardReading(observed: 1, limit: 0.01)))
    #expect(
      try Self.outcome("accuracy>=90%", candidate: Self.tally(correct: 0, scored: 12))
        == .fails(GuardReading(observed: 0, limit: 0.9)))
    // But nothing is ever found good early.
    #expect(
      try Self.outcome("error_rate<90%", candidate: Self.tally(requests: 99))
        == .undecided(GuardShortfall(side: .candidate, kind: .requests, has: 99, needs: 100)))
  }

  @Test func theBaselineIsThatOfTheStepOrOfAllStepsIfItIsTooSmall() throws {
    let candidate = try Self.tally(correct: 90, scored: 100)
    let text = "accuracy>=baseline-0.5%"
    #expect(
      try Self.outcome(text, candidate: candidate, baseline: Self.tally(correct: 49, scored: 49))
        == .undecided(GuardShortfall(side: .baseline, kind: .scores, has: 49, needs: 50)))
    let now = try Self.outcome(
      text, candidate: candidate, baseline: Self.tally(correct: 90, scored: 100),
      earlier: Self.tally(correct: 1000, scored: 1000))
    #expect(now == .holds(GuardReading(observed: 0.9, limit: 0.9 - 0.005)))
    let earlier = try Self.outcome(
      text, candidate: candidate, baseline: Self.tally(correct: 2, scored: 2),
      earlier: Self.tally(correct: 98, scored: 98))
    #expect(earlier == .fails(GuardReading(observed: 0.9, limit: 1 - 0.005)))
  }

  @Test func latenciesAreQuantilesInMicroseconds() throws {
    let fast = try Self.tally(milliseconds: Array(repeating: 10, count: 199) + [500])
    let slow = try Self.tally(milliseconds: Array(repeating: 30, count: 200))
    guard case .holds(let reading) = try Self.outcome("p99<20ms", candidate: fast) else {
      Issue.record("p99 is 10 ms")
      return
    }
    #expect((10_000...10_700).contains(reading.observed))
    #expect(reading.limit == 20_000)
    guard case .fails = try Self.outcome("p99.9<20ms", candidate: fast),
      case .holds = try Self.outcome("p50<=baseline+0us", candidate: fast, baseline: slow),
      case .fails = try Self.outcome("p50<=baseline+20%", candidate: slow, baseline: fast)
    else {
      Issue.record("quantiles are judged wrongly")
      return
    }
  }

  @Test func errorsOfNumbersAreMeasured() throws {
    var candidate = VersionTally()
    for index in 0..<100 { candidate.regression.record(predicted: index % 2 == 0 ? 1 : 7, truth: 0) }
    #expect(try Self.outcome("mae<4", candidate: candidate) == .fails(GuardReading(observed: 4, limit: 4)))
    #expect(try Self.outcome("rmse<=5", candidate: candidate) == .holds(GuardReading(observed: 5, limit: 5)))
  }

  @Test func aFailureIsSaidInASentence() throws {
    let rate = try RolloutGuard(parsing: "error_rate<1%")
    #expect(rate.failureText(GuardReading(observed: 0.0231, limit: 0.01)) == "error_rate<1% fails: 2.31%")
    let latency = try RolloutGuard(parsing: "p99<baseline+20%")
    #expect(
      latency.failureText(GuardReading(observed: 31_250, limit: 24_000))
        == "p99<baseline+20% fails: 31.25 ms, limit 24.0 ms")
  }
}
