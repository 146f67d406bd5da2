import Foundation
import Testing

@testable import QueueCore

/// Random stories: whatever happens, a rollout keeps its promises.
@Suite struct RolloutPropertyTests {
  private static let seeds: UInt64 = 1000

  private static func plan(_ random: inout SplitMix64) throws -> RolloutPlan {
    let steps = ["100", "50", "1,5,25,50,100", "0.5,20,100", "10,90"]
    let guards = [
      [], ["error_rate<5%"], ["error_rate<baseline+2%", "p99<20ms"], ["error_rate<=5%", "accuracy>=baseline-5%"],
    ]
    return try RolloutPlanTests.plan(
      original: [("1", UInt64.random(in: 1...9, using: &random)), ("2", 3)],
      steps: steps[Int.random(in: 0..<steps.count, using: &random)],
      hold: UInt64.random(in: 0...2, using: &random) * 10_000,
      failFor: UInt64.random(in: 0...3, using: &random) * 3000,
      guards: guards[Int.random(in: 0..<guards.count, using: &random)],
      minimumRequests: UInt64.random(in: 0...50, using: &random),
      minimumScores: UInt64.random(in: 0...10, using: &random),
      onFailure: random.chance(oneIn: 2) ? .rollBack : .pause)
  }

  private static func event(_ random: inout SplitMix64) -> RolloutEvent {
    switch Int.random(in: 0..<60, using: &random) {
    case 0: .pause(by: "ada")
    case 1...4: .resume(by: "ada")
    case 5: random.chance(oneIn: 3) ? .promote(by: "ada") : .tick
    case 6: random.chance(oneIn: 3) ? .abort(by: "ada", reason: "") : .tick
    case 7: random.chance(oneIn: 4) ? .routeReplaced(by: "bob") : .tick
    case 8: .workersLost
    case 9...12: .workersReturned
    case 13: .started
    case 14...24: .tick
    default: .observed(candidate: Self.tally(&random), baseline: Self.tally(&random))
    }
  }

  private static func tally(_ random: inout SplitMix64) -> VersionTally {
    var tally = VersionTally()
    let isBad = random.chance(oneIn: 12)
    for _ in 0..<Int.random(in: 0...20, using: &random) {
      tally.requests.record(random.chance(oneIn: isBad ? 3 : 200))
      tally.latency.record(microseconds: UInt64.random(in: 0...(isBad ? 40_000 : 15_000), using: &random))
      if random.chance(oneIn: 4) { tally.classification.record(!random.chance(oneIn: isBad ? 2 : 30)) }
    }
    return tally
  }

  /// The same story for two machines; the second is put away and brought back between any two events.
  @Test func promisesAreKeptAndARestartChangesNothing() throws {
    var ends: [RolloutEnd: Int] = [:]
    for seed in 0..<Self.seeds {
      var random = SplitMix64(seed: seed)
      var harness = RolloutHarness(try Self.plan(&random))
      var restarted = RolloutHarness(harness.machine.plan)
      harness.send(.started)
      restarted.send(.started)
      var eventsLeft = 80
      while eventsLeft > 0 {
        // A few more after the end, which must change nothing.
        eventsLeft = harness.ends.isEmpty ? eventsLeft - 1 : min(eventsLeft - 1, 6)
        let before = harness
        let event = Self.event(&random)
        harness.wait(milliseconds: UInt64.random(in: 0...3000, using: &random))
        harness.send(event)
        if random.chance(oneIn: 6) { restarted.machine = try Self.restored(restarted.machine) }
        restarted.now = harness.now
        restarted.send(event)
        try Self.check(before, event, harness, seed)
      }
      #expect(restarted.machine == harness.machine, "seed \(seed)")
      #expect(restarted.records == harness.records, "seed \(seed)")
      #expect(restarted.route == harness.route, "seed \(seed)")
      #expect(harness.records.map(\.number) == Array(1...UInt64(harness.records.count)), "seed \(seed)")
      if let end = harness.ends.first { ends[end, default: 0] += 1 }
    }
    // The stories did hold what they are for.
    for end in RolloutEnd.allCases { #expect(ends[end, default: 0] > 20, "\(end): \(ends)") }
  }

  private static func restored(_ machine: RolloutMachine) throws -> RolloutMachine {
    let stored = try JSONEncoder().encode(machine.snapshot)
    return try RolloutMachine(restoring: JSONDecoder().decode(RolloutSnapshot.self, from: stored))
  }

  private static func check(
    _ before: RolloutHarness, _ event: RolloutEvent, _ after: RolloutHarness, _ seed: UInt64
  ) throws {
    let plan = after.machine.plan
    let comment = Comment(rawValue: "seed \(seed), after record \(after.records.count)")
    // The route is one of the plan's, and that which the machine says it is.
    let allowed = [plan.original, plan.weights(at: .all)] + plan.steps.map { plan.weights(at: $0) }
    #expect(allowed.contains(after.route), comment)
    if let weights = after.machine.weights { #expect(after.route == weights, comment) }
    // Steps are never left out or taken back, and are ended only by success.
    if after.machine.stepIndex > before.machine.stepIndex {
      #expect(before.machine.phase == .running || event == .resume(by: "ada"), comment)
      #expect(!after.records.dropFirst(before.records.count).map(\.kind).contains(.guardFailing), comment)
      if plan.holdMilliseconds > 0 || plan.minimumRequests > 0 {
        #expect(after.machine.stepIndex == before.machine.stepIndex + 1, comment)
        try Self.checkStepWasOver(before, event, at: after.now, comment)
      }
    }
    #expect(after.machine.stepIndex >= before.machine.stepIndex, comment)
    // It ends once, for good, and the original route is back whenever it did not succeed.
    #expect(after.ends.count <= 1, comment)
    if !before.ends.isEmpty {
      #expect(after.machine == before.machine && after.route == before.route, comment)
    }
    if let end = after.ends.first, end == .rolledBack || end == .aborted {
      #expect(after.route == plan.original, comment)
    }
  }

  /// What the machine saw when it went on: nothing failed, nothing was missing, the time was over.
  private static func checkStepWasOver(
    _ before: RolloutHarness, _ event: RolloutEvent, at now: WallTime, _ comment: Comment
  ) throws {
    var window = before.machine.window
    if case .observed(let candidate, let baseline) = event {
      window.candidate.merge(candidate)
      window.baseline.merge(baseline)
    }
    let plan = before.machine.plan
    #expect(window.candidate.requests.trials >= plan.minimumRequests, comment)
    for condition in plan.guards {
      let outcome = condition.evaluate(
        window, minimumRequests: plan.minimumRequests, minimumScores: plan.minimumScores)
      guard case .holds = outcome else {
        Issue.record("\(condition.text) is \(outcome); \(comment)")
        continue
      }
    }
    #expect(now.milliseconds(since: before.machine.holdBegan) >= plan.holdMilliseconds, comment)
    #expect(before.machine.workersLostSince == nil || event == .workersReturned, comment)
  }
}
