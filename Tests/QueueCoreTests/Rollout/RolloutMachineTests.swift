import QueueCore
import Testing

@Suite struct RolloutMachineTests {
  private static let minute: UInt64 = 60_000

  private static func started(
    steps: String = "5,50,100", guards: [String] = ["error_rate<1%"], onFailure: RolloutFailureResponse = .rollBack
  ) throws -> RolloutHarness {
    var harness = RolloutHarness(
      try RolloutPlanTests.plan(
        original: [("1", 90), ("2", 10)], steps: steps, hold: 10 * Self.minute, guards: guards, onFailure: onFailure))
    harness.send(.started)
    return harness
  }

  @Test func aHealthyCandidateGoesUpStepByStep() throws {
    var harness = try Self.started()
    for share in [500, 5000, 10_000] as [UInt64] {
      #expect(harness.share(of: "3") == share)
      harness.observe(candidate: 1000, failures: 2, baseline: 1000)
      harness.wait(milliseconds: 10 * Self.minute - 1)
      harness.send(.tick)
      #expect(harness.share(of: "3") == share)
      #expect(harness.machine.nextDeadline == harness.now.advanced(byMilliseconds: 1))
      harness.wait(milliseconds: 1)
      harness.send(.tick)
    }
    #expect(harness.ends == [.succeeded])
    #expect(harness.kinds == [.started, .stepBegan, .stepBegan, .stepBegan, .succeeded])
    #expect(harness.records.map(\.number) == [1, 2, 3, 4, 5])
    #expect(harness.machine.nextDeadline == nil)
    #expect(harness.machine.weights == [VersionWeight(version: "3", weight: 1)])
  }

  @Test func aCandidateThatFailsForLongEnoughIsRolledBack() throws {
    var harness = try Self.started()
    harness.observe(candidate: 1000, failures: 50)
    #expect(harness.records.last?.kind == .guardFailing)
    #expect(harness.records.last?.detail == "error_rate<1% fails: 5.0%")
    harness.wait(milliseconds: 29_999)
    harness.send(.tick)
    #expect(harness.ends.isEmpty)
    harness.wait(milliseconds: 1)
    harness.send(.tick)
    #expect(harness.ends == [.rolledBack])
    #expect(harness.route == harness.machine.plan.original)
    #expect(harness.machine.weights == harness.machine.plan.original)
    #expect(harness.records.last?.detail == "error_rate<1% fails: 5.0%")
  }

  @Test func aShortFailureIsForgiven() throws {
    var harness = try Self.started()
    harness.observe(candidate: 1000, failures: 11)
    harness.wait(milliseconds: 29_000)
    harness.observe(candidate: 1000)
    #expect(harness.kinds.suffix(2) == [.guardFailing, .guardRecovered])
    harness.wait(milliseconds: 10 * Self.minute)
    harness.send(.tick)
    #expect(harness.machine.stepIndex == 1)
  }

  @Test func aFailingGuardKeepsTheStepFromEnding() throws {
    var harness = try Self.started()
    harness.observe(candidate: 1000)
    harness.wait(milliseconds: 10 * Self.minute)
    harness.observe(candidate: 0)
    #expect(harness.machine.stepIndex == 1)
    harness.wait(milliseconds: 10 * Self.minute)
    harness.observe(candidate: 1000, failures: 100)
    #expect(harness.machine.stepIndex == 1)
    #expect(harness.kinds.suffix(2) == [.guardFailing, .holdExtended])
  }

  @Test func littleTrafficExtendsTheHoldAndTheStateSaysSo() throws {
    var harness = try Self.started()
    harness.observe(candidate: 99)
    harness.wait(milliseconds: 60 * Self.minute)
    harness.send(.tick)
    harness.send(.tick)
    #expect(harness.kinds == [.started, .stepBegan, .holdExtended])
    #expect(harness.records.last?.detail == "not enough data: 99 of 100 requests of the candidate")
    let status = harness.machine.status(at: harness.now)
    #expect(status.state == "running")
    #expect(status.heldMilliseconds == 60 * Self.minute)
    #expect(
      status.waits.map(\.text) == [
        "not enough data: 99 of 100 requests of the candidate",
        "not enough data for error_rate<1%: 99 of 100 requests of the candidate",
      ])
    #expect(harness.machine.nextDeadline == nil)
    harness.observe(candidate: 1)
    #expect(harness.machine.stepIndex == 1)
  }

  @Test func feedbackThatNeverComesIsNoSuccess() throws {
    var harness = try Self.started(guards: ["accuracy>=baseline-0.5%"])
    harness.observe(candidate: 100_000, baseline: 100_000)
    harness.wait(milliseconds: 24 * 60 * Self.minute)
    harness.send(.tick)
    #expect(harness.machine.stepIndex == 0)
    #expect(
      harness.machine.status(at: harness.now).waits.map(\.text) == [
        "not enough data for accuracy>=baseline-0.5%: 0 of 100 scores of the candidate"
      ])
  }

  @Test func eachStepIsJudgedByWhatItHasSeenItself() throws {
    var harness = try Self.started()
    harness.observe(candidate: 100_000)
    harness.wait(milliseconds: 10 * Self.minute)
    harness.send(.tick)
    #expect(harness.machine.stepIndex == 1)
    harness.observe(candidate: 1000, failures: 20)
    #expect(harness.records.last?.kind == .guardFailing)
  }

  @Test func aPauseHoldsTheStepButNotTheGuards() throws {
    var harness = try Self.started()
    harness.wait(milliseconds: 4 * Self.minute)
    harness.send(.pause(by: "ada"))
    harness.send(.pause(by: "bob"))
    #expect(harness.refusals == [.alreadyPaused])
    harness.observe(candidate: 1000)
    harness.wait(milliseconds: 60 * Self.minute)
    harness.send(.tick)
    #expect(harness.machine.status(at: harness.now).state == "paused")
    #expect(harness.machine.status(at: harness.now).heldMilliseconds == 4 * Self.minute)
    #expect(harness.machine.stepIndex == 0)
    harness.send(.resume(by: "ada"))
    harness.wait(milliseconds: 6 * Self.minute - 1)
    harness.send(.tick)
    #expect(harness.machine.stepIndex == 0)
    harness.wait(milliseconds: 1)
    harness.send(.tick)
    #expect(harness.machine.stepIndex == 1)
    harness.send(.pause(by: "ada"))
    harness.observe(candidate: 1000, failures: 1000)
    harness.wait(milliseconds: 30_000)
    harness.send(.tick)
    #expect(harness.ends == [.rolledBack])
  }

  @Test func aFailureMayPauseInsteadAndResumingBeginsTheStepAnew() throws {
    var harness = try Self.started(onFailure: .pause)
    harness.observe(candidate: 1000, failures: 1000)
    harness.wait(milliseconds: 30_000)
    harness.send(.tick)
    #expect(harness.ends.isEmpty)
    #expect(harness.kinds.last == .paused)
    #expect(harness.share(of: "3") == 500)
    harness.wait(milliseconds: 60 * Self.minute)
    harness.send(.tick)
    harness.observe(candidate: 1000, failures: 1000)
    #expect(harness.kinds.last == .paused)
    harness.send(.resume(by: "ada"))
    harness.send(.tick)
    #expect(harness.kinds.last == .resumed)
    harness.observe(candidate: 1000)
    harness.wait(milliseconds: 10 * Self.minute)
    harness.send(.tick)
    #expect(harness.machine.stepIndex == 1)
  }

  @Test func workersThatStayAwayAreAFailure() throws {
    var harness = try Self.started(guards: [])
    harness.observe(candidate: 1000)
    harness.send(.workersLost)
    harness.send(.workersLost)
    harness.wait(milliseconds: 20_000)
    harness.send(.workersReturned)
    harness.send(.workersReturned)
    harness.wait(milliseconds: 20_000)
    harness.send(.tick)
    #expect(harness.ends.isEmpty)
    harness.send(.workersLost)
    #expect(harness.machine.status(at: harness.now).waits.first == .workers(actsInMilliseconds: 30_000))
    harness.wait(milliseconds: 30_000)
    #expect(harness.machine.nextDeadline == harness.now)
    harness.send(.tick)
    #expect(harness.ends == [.rolledBack])
    #expect(harness.records.last?.detail == "version 3 has no workers")
  }

  @Test func operatorsHaveTheLastWord() throws {
    var promoted = try Self.started()
    promoted.observe(candidate: 1000, failures: 1000)
    promoted.send(.promote(by: "ada"))
    #expect(promoted.route == [VersionWeight(version: "3", weight: 1)])
    #expect(promoted.ends == [.promoted])
    var aborted = try Self.started()
    aborted.send(.abort(by: "ada", reason: "wrong model"))
    #expect(aborted.route == aborted.machine.plan.original)
    #expect(aborted.records.last?.detail == "by ada: wrong model")
    var superseded = try Self.started()
    let before = superseded.route
    superseded.send(.routeReplaced(by: "bob"))
    #expect(superseded.route == before)
    #expect(superseded.ends == [.superseded])
    #expect(superseded.machine.weights == nil)
  }

  @Test func commandsOutOfPlaceAreRefusedWithAReason() throws {
    var harness = RolloutHarness(try RolloutPlanTests.plan())
    harness.send(.promote(by: "ada"))
    harness.send(.tick)
    harness.observe(candidate: 5)
    harness.send(.started)
    harness.send(.started)
    harness.send(.resume(by: "ada"))
    harness.send(.abort(by: "ada", reason: ""))
    let count = harness.records.count
    harness.send(.abort(by: "ada", reason: ""))
    harness.send(.started)
    harness.send(.workersLost)
    harness.send(.routeReplaced(by: "bob"))
    #expect(
      harness.refusals == [.notStarted, .alreadyStarted, .notPaused, .ended(.aborted), .ended(.aborted)])
    #expect(harness.records.count == count)
    #expect(harness.refusals.last?.description == "the rollout has ended (aborted); start a new one")
  }

  @Test func aClockThatIsSetBackEndsNothing() throws {
    var harness = try Self.started()
    harness.observe(candidate: 1000, failures: 1000)
    harness.now = WallTime(milliseconds: 0)
    harness.send(.tick)
    #expect(harness.ends.isEmpty)
    #expect(harness.machine.status(at: harness.now).heldMilliseconds == 0)
    harness.now = WallTime(milliseconds: .max)
    harness.send(.tick)
    #expect(harness.ends == [.rolledBack])
  }
}
