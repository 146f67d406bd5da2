import Testing

@testable import QueueCore

@Suite struct RolloutSnapshotTests {
  private static func snapshot() throws -> RolloutSnapshot {
    var harness = RolloutHarness(try RolloutPlanTests.plan(guards: ["error_rate<1%", "p99<baseline+20%"]))
    harness.send(.started)
    harness.observe(candidate: 200, failures: 50, baseline: 100)
    harness.send(.pause(by: "ada"))
    return harness.machine.snapshot
  }

  private static func change(_ change: (inout RolloutSnapshot) -> Void) throws -> RolloutSnapshot {
    var snapshot = try Self.snapshot()
    change(&snapshot)
    return snapshot
  }

  @Test func aStateThatNoRolloutHasIsRefusedByName() throws {
    let wrong: [(RolloutSnapshot, RolloutSnapshotError)] = [
      (try Self.change { $0.step = 5 }, .field("step")),
      (try Self.change { $0.step = -1 }, .field("step")),
      (try Self.change { $0.failingSince = [] }, .field("failingSince")),
      (try Self.change { $0.state = "strolling" }, .field("state")),
      (try Self.change { $0.pauseCause = nil }, .field("pauseCause")),
      (try Self.change { $0.pauseCause = "whim" }, .field("pauseCause")),
      (try Self.change { $0.pausedSince = nil }, .field("pausedSince")),
      (try Self.change { $0.lastRecord = .max }, .field("lastRecord")),
      (try Self.change { $0.onFailure = "hope" }, .field("onFailure")),
      (try Self.change { $0.originalWeights = [] }, .field("originalWeights")),
      (try Self.change { $0.steps[0] = 0 }, .field("steps")),
      (try Self.change { $0.steps = [] }, .plan(.noSteps)),
      (try Self.change { $0.candidateTally.failures = 201 }, .field("candidateTally")),
      (try Self.change { $0.baselineTally.latency = [] }, .field("baselineTally")),
      (try Self.change { $0.earlierBaselineTally.absoluteErrors = [] }, .field("earlierBaselineTally")),
      (
        try Self.change { $0.guards[0] = "luck" },
        .guardUnreadable(RolloutGuardError(text: "luck", column: 1, problem: .unknownMetric("luck")))
      ),
    ]
    for (snapshot, error) in wrong {
      #expect(throws: error) { try RolloutMachine(restoring: snapshot) }
    }
  }

  @Test func theHoldGoesOnFromTheTimesThatWereStored() throws {
    var harness = RolloutHarness(try RolloutPlanTests.plan(guards: []))
    harness.send(.started)
    harness.observe(candidate: 200)
    harness.wait(milliseconds: 599_999)
    harness.machine = try RolloutMachine(restoring: harness.machine.snapshot)
    harness.send(.tick)
    #expect(harness.machine.stepIndex == 0)
    harness.wait(milliseconds: 1)
    harness.machine = try RolloutMachine(restoring: harness.machine.snapshot)
    harness.send(.tick)
    #expect(harness.machine.stepIndex == 1)
  }
}
