import Testing

@testable import QueueCore

/// Which version answers when the model has a route.
@Suite struct RoutingTests {
  private static let versions = [("digits", "1"), ("digits", "2"), ("digits", "3")]
  private let model = ModelID(rawValue: 0)

  private func harness(
    _ weights: [(String, UInt16)], sticky: Bool = false, fallback: Bool = false, timing: Timing = Timing()
  ) throws -> BrokerHarness {
    var harness = BrokerHarness(versions: Self.versions, timing: timing)
    try self.setRoute(weights, sticky: sticky, fallback: fallback, in: &harness)
    return harness
  }

  private func setRoute(
    _ weights: [(String, UInt16)], sticky: Bool = false, fallback: Bool = false, in harness: inout BrokerHarness
  ) throws {
    var table = harness.broker.routeTable
    try table.setRoute(
      of: "digits",
      to: RouteSettings(
        variants: weights.map { RouteVariant(version: $0.0, weight: Weight($0.1)) }, isSticky: sticky,
        hasFallback: fallback))
    try harness.broker.setRoutes(table, at: harness.now)
  }

  private func queued(_ harness: borrowing BrokerHarness) -> [Int] { (0..<3).map { harness.view($0).queued[0] } }

  @Test func aRouteDecidesAndNotTheHighestVersion() throws {
    var harness = try self.harness([("1", 1)])
    harness.serve(1, version: 0)
    harness.serve(3, version: 2)
    _ = harness.submit(1, target: .model(self.model))
    #expect(harness.turn().workers == [1])
  }

  @Test func aPinnedVersionAndAnAliasPassTheRouteBy() throws {
    var harness = try self.harness([("1", 1)])
    var table = harness.broker.routeTable
    try table.setAlias("champion", of: "digits", to: "3", versions: ["1", "2", "3"])
    try harness.broker.setRoutes(table, at: harness.now)
    func target(_ selector: String) -> Target {
      harness.broker.catalog.target(
        model: Array("digits".utf8).span.bytes, selector: Array(selector.utf8).span.bytes)
    }
    #expect(target("2") == .version(VersionID(1)))
    #expect(target("champion") == .version(VersionID(2)))
    #expect(target("challenger") == .unknownVersion(self.model))
    let text = Refusal.unknownVersion(model: self.model)
      .message(model: "digits", selector: "challenger", catalog: harness.broker.catalog) { _ in "" }
    #expect(
      text
        == #"model "digits" has no version or alias "challenger"; its versions: 3, 2, 1; its aliases: champion"#)
    try table.removeAlias("champion", of: "digits")
    try harness.broker.setRoutes(table, at: harness.now)
    #expect(target("champion") == .unknownVersion(self.model))
  }

  @Test func aKeyKeepsItsVersionAndAStickyRouteItsClients() throws {
    var harness = try self.harness([("1", 50), ("2", 50)])
    for request in 1...40 as ClosedRange<UInt64> { _ = harness.submit(request, target: .model(self.model), key: "ann") }
    #expect(self.queued(harness).sorted() == [0, 0, 40])
    for request in 41...80 as ClosedRange<UInt64> { _ = harness.submit(request, target: .model(self.model)) }
    #expect(self.queued(harness).filter { $0 > 0 }.count == 2)
    var sticky = try self.harness([("1", 50), ("2", 50)], sticky: true)
    for request in 1...40 as ClosedRange<UInt64> { _ = sticky.submit(request, target: .model(self.model)) }
    #expect(self.queued(sticky).sorted() == [0, 0, 40])
    for client in 2...40 as ClosedRange<UInt64> { _ = sticky.submit(1, client: client, target: .model(self.model)) }
    #expect(self.queued(sticky).filter { $0 > 0 }.count == 2)
  }

  @Test func aChangeIsForNewRequestsOnly() throws {
    var harness = try self.harness([("1", 1)])
    _ = harness.submit(1, target: .model(self.model))
    try self.setRoute([("2", 1)], in: &harness)
    _ = harness.submit(2, target: .model(self.model))
    #expect(self.queued(harness) == [1, 1, 0])
    harness.serve(1, version: 0)
    harness.serve(2, version: 1)
    let dispatches = harness.turn().dispatches
    let epochs = dispatches.flatMap { harness.result($0) }.compactMap { action -> UInt32? in
      guard case .reply(_, let reply, _) = action else { return nil }
      return reply.epoch
    }
    #expect(epochs.sorted() == [1, 2])
  }

  @Test func withoutFallbackTheShareOfAMissingVersionWaitsForTheGraceAndIsRefusedByName() throws {
    var timing = Timing()
    timing.orphanGraceMilliseconds = 1000
    var harness = try self.harness([("1", 1)], timing: timing)
    harness.serve(3, version: 2)
    _ = harness.submit(1, target: .model(self.model))
    #expect(harness.turn(afterMilliseconds: 999).refusals == [])
    let refusal = Refusal.noWorkerForRoute(VersionID(0), epoch: 1, absentMilliseconds: 1000)
    #expect(harness.turn(afterMilliseconds: 1).refusals == [RefusedRequest(1, refusal)])
    #expect(harness.submit(2, target: .model(self.model)).refusals == [RefusedRequest(2, refusal)])
    #expect(
      harness.submit(3, target: .version(VersionID(0))).refusals.first?.refusal
        == .noWorker(VersionID(0), absentMilliseconds: 1000))
    #expect(
      refusal.message(model: "", selector: "", catalog: harness.broker.catalog) { _ in "" }
        == #"no worker serves digits@1, for 1.0 s now; the route of model "digits", epoch 1, sends this request there "#
        + "and has no fallback; start one with: worker --model digits --version 1 …, or change the route")
  }

  @Test func withFallbackTheOthersStandInByTheirWeights() throws {
    var harness = try self.harness([("1", 80), ("2", 15), ("3", 5)], fallback: true)
    harness.serve(2, version: 1)
    harness.serve(3, version: 2)
    for request in 1...400 as ClosedRange<UInt64> { _ = harness.submit(request, target: .model(self.model)) }
    let queued = self.queued(harness)
    #expect(queued[0] == 0 && queued[1] > 240 && queued[2] > 60)
    for request in 401...440 as ClosedRange<UInt64> {
      _ = harness.submit(request, target: .model(self.model), key: "k")
    }
    #expect(self.queued(harness).contains(40 + queued[1]) || self.queued(harness).contains(40 + queued[2]))
  }

  @Test func withFallbackAndNobodyReadyTheRequestWaitsForItsOwnVersion() throws {
    var harness = try self.harness([("1", 1), ("2", 0)], fallback: true)
    _ = harness.join(1, version: 0)
    harness.serve(2, version: 1)
    _ = harness.submit(1, target: .model(self.model))
    #expect(self.queued(harness) == [1, 0, 0], "a version of weight 0 does not stand in")
  }

  @Test func aTableIsTakenWholeOrNotAtAll() throws {
    var harness = try self.harness([("1", 1)])
    let present = harness.broker.routeTable
    var table = present
    try table.setRoute(of: "digits", to: RouteSettings(variants: [RouteVariant(version: "2", weight: Weight(1))]))
    try table.setAlias("3", of: "digits", to: "1", versions: [])
    #expect(Self.error(table, &harness) == .aliasIsVersion(model: "digits", alias: "3"))
    #expect(harness.broker.routeTable == present)
    _ = harness.submit(1, target: .model(self.model))
    #expect(self.queued(harness) == [1, 0, 0])
  }

  @Test func aRouteMadeFromAnOldTableIsRefused() throws {
    var harness = try self.harness([("1", 1)])
    var late = harness.broker.routeTable
    try self.setRoute([("2", 1)], in: &harness)
    try late.setRoute(of: "digits", to: RouteSettings(variants: [RouteVariant(version: "3", weight: Weight(1))]))
    #expect(Self.error(late, &harness) == .epochNotAdvanced(model: "digits", epoch: 2, current: 2))
    #expect(Self.error(RouteTable(), &harness) == .epochNotAdvanced(model: "digits", epoch: 0, current: 2))
    let same = harness.broker.routeTable
    #expect(Self.error(same, &harness) == nil)
  }

  @Test func aTableCannotNameMoreVersionsThanMayBeKnown() throws {
    var limits = Limits()
    limits.versions = 4
    var harness = BrokerHarness(versions: Self.versions, limits: limits)
    var table = RouteTable()
    let variants = ["3", "4", "5"].map { RouteVariant(version: $0, weight: Weight(1)) }
    try table.setRoute(of: "digits", to: RouteSettings(variants: variants))
    #expect(Self.error(table, &harness) == .tooManyVersions(limit: 4))
    #expect(harness.broker.catalog.versionCount == 3)
  }

  @Test func aWorkerWhoseVersionIsAnAliasIsNotTakenIn() throws {
    var harness = try self.harness([("1", 1)])
    var table = harness.broker.routeTable
    try table.setAlias("champion", of: "digits", to: "1", versions: ["1"])
    try harness.broker.setRoutes(table, at: harness.now)
    do throws(VersionError) {
      _ = try harness.broker.internVersion(model: "digits", version: "champion", at: harness.now)
      Issue.record("taken in")
    } catch {
      #expect(error == .isAlias(model: "digits", version: "champion"))
    }
  }

  @Test func predictionsAreNumberedOneAfterTheOther() throws {
    var harness = try self.harness([("1", 1)])
    harness.serve(1, version: 0, credit: 9)
    for request in 1...5 as ClosedRange<UInt64> { _ = harness.submit(request, target: .model(self.model)) }
    let dispatches = harness.turn().dispatches
    let numbers = dispatches.flatMap { harness.result($0) }.compactMap { action -> UInt64? in
      guard case .reply(_, let reply, _) = action else { return nil }
      return reply.number
    }
    #expect(numbers == [1, 2, 3, 4, 5])
  }

  private static func error(_ table: RouteTable, _ harness: inout BrokerHarness) -> RouteError? {
    do throws(RouteError) {
      try harness.broker.setRoutes(table, at: harness.now)
      return nil
    } catch {
      return error
    }
  }
}
