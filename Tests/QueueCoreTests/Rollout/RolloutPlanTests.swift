import QueueCore
import Testing

@Suite struct RolloutPlanTests {
  static func plan(
    candidate: String = "3", original: [(String, UInt64)] = [("1", 100)], steps: String = "1,5,25,50,100",
    hold: UInt64 = 600_000, failFor: UInt64 = 30_000, guards: [String] = [], minimumRequests: UInt64 = 100,
    minimumScores: UInt64 = 100, onFailure: RolloutFailureResponse = .rollBack
  ) throws -> RolloutPlan {
    try RolloutPlan(
      candidate: candidate, original: original.map { VersionWeight(version: $0.0, weight: $0.1) },
      steps: RolloutShare.steps(parsing: steps), holdMilliseconds: hold,
      guards: guards.map { try RolloutGuard(parsing: $0) }, failForMilliseconds: failFor,
      minimumRequests: minimumRequests, minimumScores: minimumScores, onFailure: onFailure)
  }

  @Test func theCandidateGetsItsShareAndTheOthersKeepTheirProportions() throws {
    let plan = try Self.plan(original: [("1", 3), ("2", 1)], steps: "0.01,5,20,100")
    let weights = plan.steps.map { plan.weights(at: $0).map { [$0.version: $0.weight] } }
    #expect(weights[0] == [["1": 29_997], ["2": 9999], ["3": 4]])
    #expect(weights[1] == [["1": 57], ["2": 19], ["3": 4]])
    #expect(weights[2] == [["1": 3], ["2": 1], ["3": 1]])
    #expect(weights[3] == [["3": 1]])
  }

  @Test func sharesAreExactForAnyRoute() throws {
    var random = SplitMix64(seed: 41)
    for _ in 0..<500 {
      let others = (0..<Int.random(in: 1...5, using: &random)).map {
        ("v\($0)", UInt64.random(in: 1...1_000_000, using: &random))
      }
      let share = try #require(RolloutShare(basisPoints: UInt64.random(in: 1...10_000, using: &random)))
      let plan = try Self.plan(original: others + [("3", 0)], steps: "100")
      let weights = plan.weights(at: share)
      let total = weights.reduce(0) { $0 + $1.weight }
      let candidate = weights.first { $0.version == "3" }?.weight ?? 0
      #expect(candidate * 10_000 == share.basisPoints * total)
      for (version, weight) in others where share < .all {
        let now = weights.first { $0.version == version }?.weight ?? 0
        let first = weights.first { $0.version == "v0" }?.weight ?? 0
        #expect(now * others[0].1 == first * weight)
      }
    }
  }

  @Test(
    arguments: [
      ("1", 100, "1%"), ("100", 10_000, "100%"), ("0.01", 1, "0.01%"), ("0.5", 50, "0.5%"), ("12.34", 1234, "12.34%"),
      ("5.0", 500, "5%"), ("5.10", 510, "5.1%"),
    ] as [(String, UInt64, String)])
  func sharesAreReadAndWritten(text: String, basisPoints: UInt64, description: String) {
    #expect(RolloutShare(percent: text)?.basisPoints == basisPoints)
    #expect(RolloutShare(percent: text)?.description == description)
  }

  @Test func theLargestWeightsStayWithinTheLimit() throws {
    let most = RolloutPlan.maximumWeight
    let plan = try Self.plan(original: (0..<64).map { ("v\($0)", most - UInt64($0)) }, steps: "0.01,33.33,99.99")
    for share in plan.steps {
      let weights = plan.weights(at: share)
      #expect(weights.count == 65 && weights.allSatisfy { $0.weight > 0 && $0.weight <= most })
      let total = weights.reduce(0.0) { $0 + Double($1.weight) }
      let candidate = Double(weights.last?.weight ?? 0) / total
      #expect((candidate - Double(share.basisPoints) / 10_000).magnitude < 1e-8)
    }
  }

  @Test(arguments: ["", "0", "0.00", "100.01", "101", "-1", "+1", "1e1", "1%", "0.001", "1.", ".5", "nan", "１"])
  func whatIsNoShareIsRefused(text: String) {
    #expect(RolloutShare(percent: text) == nil)
  }

  @Test func plansThatCannotBeCarriedOutAreRefused() {
    func expect(_ error: RolloutPlanError, _ make: () throws -> RolloutPlan) {
      #expect(throws: error) { try make() }
    }
    expect(.versionInvalid("a b")) { try Self.plan(candidate: "a b") }
    expect(.versionInvalid("")) { try Self.plan(original: [("", 1)]) }
    expect(.versionTwice("1")) { try Self.plan(original: [("1", 1), ("1", 2)]) }
    expect(.weightTooLarge("1", 1_000_000_000_001)) { try Self.plan(original: [("1", 1_000_000_000_001)]) }
    expect(.nothingToReplace(candidate: "3")) { try Self.plan(original: []) }
    expect(.nothingToReplace(candidate: "3")) { try Self.plan(original: [("3", 5), ("1", 0)]) }
    expect(.stepUnreadable("five")) { try Self.plan(steps: "1,five") }
    expect(.stepUnreadable("")) { try Self.plan(steps: "1,") }
    expect(.tooManyVariants(65)) { try Self.plan(original: (0..<65).map { ("v\($0)", 1) }) }
    expect(.timeTooLong("hold", .max)) { try Self.plan(hold: .max) }
    expect(.timeTooLong("fail-for", .max)) { try Self.plan(failFor: .max) }
    expect(.tooManyGuards(33)) { try Self.plan(guards: Array(repeating: "mae<1", count: 33)) }
    expect(.tooManySteps(101)) {
      try Self.plan(steps: (1...101).map { "\($0 / 10).\($0 % 10)" }.joined(separator: ","))
    }
  }

  @Test func stepsMustAscendFromWhatTheCandidateHas() throws {
    #expect(throws: RolloutPlanError.self) { try Self.plan(steps: "5,5") }
    #expect(throws: RolloutPlanError.self) { try Self.plan(steps: "50,5") }
    #expect(throws: RolloutPlanError.self) { try Self.plan(original: [("1", 90), ("3", 10)], steps: "10,50") }
    #expect(try Self.plan(original: [("1", 90), ("3", 10)], steps: "10.01,50").steps.count == 2)
  }
}
