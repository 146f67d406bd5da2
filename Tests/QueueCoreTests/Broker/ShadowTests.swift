import Testing

@testable import QueueCore

/// Copies for shadow versions: made, ended, and never in the way of the requests they were made of.
@Suite struct ShadowTests {
  private let model = ModelID(rawValue: 0)

  /// Version 1 answers, version 2 gets copies; worker 1 serves the one, worker 2 the other.
  private func harness(limits: Limits = Limits(), served: Bool = true) throws -> BrokerHarness {
    var harness = BrokerHarness(versions: [("m", "1"), ("m", "2")], limits: limits)
    var table = RouteTable()
    try table.setRoute(
      of: "m",
      to: RouteSettings(
        variants: [RouteVariant(version: "1", weight: Weight(1))], shadows: [ShadowTarget(version: "2")]))
    try harness.broker.setRoutes(table, at: harness.now)
    harness.serve(1, version: 0, credit: 200)
    if served { harness.serve(2, version: 1, credit: 200) }
    return harness
  }

  private static func outcomes(_ actions: [Action]) -> [ShadowOutcome] {
    actions.compactMap { action in
      guard case .outcome(let outcome, _) = action else { return nil }
      return outcome
    }
  }

  private static func releases(_ actions: [Action]) -> [PayloadRef] {
    actions.compactMap { action in
      guard case .release(let payload) = action else { return nil }
      return payload
    }
  }

  @Test func aCopySharesThePayloadAndIsOfClassShadow() throws {
    var harness = try self.harness()
    _ = harness.submit(1, target: .model(self.model))
    let dispatches = harness.turn().dispatches
    #expect(dispatches.map(\.worker) == [1, 2])
    #expect(dispatches.map(\.header.requestClass) == [.online, .shadow])
    #expect(dispatches.map(\.payload) == [BrokerHarness.payload(1), BrokerHarness.payload(1)])
    #expect(harness.counters.accepted == 1 && harness.counters.copiesMade == 1)
    #expect(harness.broker.occupiedSlots == 1 && harness.broker.copySlots == 1)
  }

  @Test(arguments: [true, false])
  func bothSidesAreToldAndThePayloadGoesWithTheLast(primaryFirst: Bool) throws {
    var harness = try self.harness()
    _ = harness.submit(1, target: .model(self.model))
    let dispatches = harness.turn().dispatches
    let order = primaryFirst ? [dispatches[0], dispatches[1]] : [dispatches[1], dispatches[0]]
    harness.advance(2)
    let first = harness.result(order[0], payload: PayloadRef(70))
    harness.advance(3)
    let second = harness.result(order[1], status: .internal, payload: PayloadRef(71))
    #expect(!Self.releases(first).contains(BrokerHarness.payload(1)))
    #expect(Self.releases(second).filter { $0 == BrokerHarness.payload(1) }.count == 1)
    let outcomes = Self.outcomes(first + second)
    #expect(outcomes.map(\.side) == (primaryFirst ? [.primary, .shadow] : [.shadow, .primary]))
    #expect(outcomes.map(\.comparison) == [ComparisonID(number: 1, copy: 0), ComparisonID(number: 1, copy: 0)])
    #expect(outcomes.map(\.latencyMicroseconds) == [2000, 5000])
    #expect(outcomes.map(\.status) == [.ok, .internal])
    let replies = (first + second).filter { if case .reply = $0 { true } else { false } }
    #expect(replies.count == 1)
    #expect(harness.broker.copySlots == 0 && harness.broker.heldBytes == 0 && harness.broker.payloadsHeld == 0)
    let figures = harness.broker.figures
    #expect(figures[0].online.ended == 1 && figures[0].shadow.ended == 0)
    #expect(figures[1].online.ended == 0 && figures[1].shadow.ended(primaryFirst ? .internal : .ok) == 1)
  }

  @Test func aRequestWithoutAnAnswerTakesItsCopyAlong() throws {
    var harness = try self.harness()
    _ = harness.submit(1, target: .model(self.model))
    _ = harness.turn()
    let actions = harness.cancel(1)
    #expect(actions.contains(.forget(ComparisonID(number: 1, copy: 0))))
    let cancelled = actions.filter { if case .cancelWork = $0 { true } else { false } }
    #expect(cancelled.count == 2)
    #expect(Self.releases(actions) == [BrokerHarness.payload(1)])
    #expect(harness.broker.figures[1].drops(.primaryEnded) == 1)
  }

  @Test func aCopyThatEndedBeforeIsForgottenToo() throws {
    var harness = try self.harness()
    _ = harness.submit(1, target: .model(self.model))
    let copy = harness.turn().dispatches[1]
    _ = harness.result(copy)
    #expect(harness.cancel(1).contains(.forget(ComparisonID(number: 1, copy: 0))))
    #expect(harness.counters.copiesEnded == 1 && harness.counters.copiesDropped[4] == 0)
  }

  @Test func aCopyThatKillsItsWorkersIsAnOutcomeAndNobodyIsToldOfIt() throws {
    var limits = Limits()
    limits.maxAttempts = 1
    var harness = try self.harness(limits: limits)
    _ = harness.submit(1, target: .model(self.model))
    let primary = harness.turn().dispatches[0]
    let actions = harness.lose(2)
    #expect(actions.refusals == [])
    #expect(Self.outcomes(actions).map(\.status) == [.unavailable])
    #expect(harness.counters.poisoned == 0)
    #expect(Self.releases(actions) == [])
    #expect(Self.releases(harness.result(primary)) == [BrokerHarness.payload(1)])
  }

  @Test func aCopyEndsAtItsOwnTimeWhateverTheDeadlineOfTheRequest() throws {
    var harness = try self.harness()
    _ = harness.submit(1, target: .model(self.model), timeoutMicroseconds: 1_000_000)
    let dispatches = harness.turn().dispatches
    #expect(dispatches[1].header.remainingMicroseconds == Int64(ShadowPolicy.timeoutMilliseconds) * 1000)
    _ = harness.result(dispatches[0])
    for _ in 0..<9 {
      harness.advance(1000)
      _ = harness.heartbeat(1)
      _ = harness.heartbeat(2)
      #expect(Self.outcomes(harness.turn()) == [])
    }
    harness.advance(1000)
    _ = harness.heartbeat(2)
    let actions = harness.turn()
    #expect(Self.outcomes(actions).map(\.status) == [.deadlineExceeded])
    #expect(Self.releases(actions) == [BrokerHarness.payload(1)])
    #expect(harness.counters.expired == 0)
  }

  @Test func onlyOnlineRequestsThatTheRouteTookAreCopied() throws {
    var harness = try self.harness()
    _ = harness.submit(1, target: .version(VersionID(0)))
    for (number, requestClass) in [RequestClass.shadow, .batch, .tuning].enumerated() {
      _ = harness.submit(UInt64(number + 2), target: .model(self.model), requestClass)
    }
    #expect(harness.counters.copiesMade == 0)
  }

  @Test func noCopyIsMadeForAVersionWithoutAWorkerOrWithAFullQueue() throws {
    var harness = try self.harness(served: false)
    _ = harness.submit(1, target: .model(self.model))
    #expect(harness.broker.figures[1].drops(.noWorker) == 1)
    harness.serve(2, version: 1, credit: 1)
    harness.submitAll(2...100, target: .model(self.model))
    #expect(harness.counters.copiesMade == UInt64(ShadowPolicy.queue))
    #expect(harness.broker.figures[1].drops(.queueFull) == 99 - UInt64(ShadowPolicy.queue))
    #expect(harness.counters.accepted == 100)
  }

  @Test func noCopyIsMadeNearALimit() throws {
    var limits = Limits()
    limits.requests = 10
    var harness = try self.harness(limits: limits)
    harness.submitAll(1...10, target: .model(self.model))
    // 1 + 1, 2 + 2, … of 10: the fifth request finds 4 + 4 and its own.
    #expect(harness.counters.copiesMade == 4)
    #expect(harness.broker.figures[1].drops(.requestLimit) == 6)
    #expect(harness.counters.accepted == 10, "copies take no request's place")
    var memory = Limits()
    memory.heldBytes = 1000
    var other = try self.harness(limits: memory)
    other.submitAll(1...10, target: .model(self.model))
    #expect(other.counters.copiesMade == 8)
    #expect(other.broker.figures[1].drops(.memoryLimit) == 2)
    #expect(other.counters.accepted == 10)
  }

  @Test func copiesMakeRoomForRequests() throws {
    var limits = Limits()
    limits.heldBytes = 1000
    var harness = try self.harness(limits: limits)
    harness.submitAll(1...8, target: .model(self.model))
    for dispatch in harness.turn().dispatches where dispatch.worker == 1 { _ = harness.result(dispatch) }
    #expect(harness.broker.heldBytes == 800, "the copies still need their payloads")
    let actions = harness.submit(9, target: .version(VersionID(0)), payloadBytes: 1000)
    #expect(actions.refusals == [])
    #expect(harness.counters.copiesDropped[Int(ShadowDrop.madeRoom.rawValue)] == 8)
    #expect(Self.releases(actions).count == 8)
    #expect(harness.broker.heldBytes == 1000)
  }

  @Test func waitingCopiesAreNotCountedAgainstTheQueueOfTheirVersion() throws {
    var limits = Limits()
    limits.queuedPerVersion = 5
    var harness = try self.harness(limits: limits, served: false)
    harness.serve(2, version: 1, credit: 1)
    for request in 1...5 as ClosedRange<UInt64> {
      _ = harness.submit(request, target: .model(self.model))
      _ = harness.turn()
    }
    #expect(harness.view(1).queued == [0, 4, 0, 0])
    for request in 11...15 as ClosedRange<UInt64> {
      #expect(harness.submit(request, target: .version(VersionID(1))).refusals == [])
    }
    #expect(harness.submit(16, target: .version(VersionID(1))).refusals.count == 1)
  }
}
