import AuguryClient
import QueueCore
import Store
import Testing
import Versions

/// Routes and aliases as clients ask for them, on a real store and a loop that a test plays.
struct RouteServiceTests {
  private func bench(versions: [String] = ["1", "2", "3"]) async throws -> RegistryBench {
    let bench = try RegistryBench()
    for version in versions {
      try await bench.store.recordVersion(
        ModelVersionRecord(
          model: "digits", version: version, digest: nil, signature: "{}", firstSeenAt: 1, lastSeenAt: 1))
    }
    return bench
  }

  private func route(_ weights: [(String, String)], sticky: Bool? = nil, shadow: String? = nil) -> RouteSpecification {
    RouteSpecification(
      variants: weights.map { RouteSpecification.Variant(version: $0.0, weight: $0.1) }, sticky: sticky,
      shadows: shadow.map { [RouteSpecification.Shadow(version: $0, share: 0.25)] })
  }

  @Test func aRouteIsInForceStoredAndTold() async throws {
    let bench = try await self.bench()
    let change = try await bench.routes.set(
      RouteAssignment(
        model: "digits", route: self.route([("1", "90"), ("2", "10")], sticky: true, shadow: "3"), by: "ada@host",
        reason: "canary"))
    #expect(change.epoch == 1 && change.by == "ada@host" && change.reason == "canary")
    #expect(change.route?.sticky == true && change.route?.fallback == false)
    #expect(change.route?.shadows == [RouteSpecification.Shadow(version: "3", share: 0.25)])
    let route = try #require(bench.loop.table["digits"].route)
    #expect(route.assignment.slots(of: "1") == 9000 && route.assignment.slots(of: "2") == 1000)
    #expect(bench.loop.changes == [change])
    #expect(try await bench.routes.show(ModelFilter()) == [change])
    #expect(try await RouteService.table(from: bench.store) == bench.loop.table, "a restart finds it slot by slot")
  }

  @Test func aChangedWeightMovesOnlyWhatItMustAlsoAfterARestart() async throws {
    let bench = try await self.bench()
    _ = try await bench.routes.set(
      RouteAssignment(model: "digits", route: self.route([("1", "90"), ("2", "10")])))
    let before = try #require(bench.loop.table["digits"].route)
    // A service that begins with what the store has, as after a restart.
    let restarted = RouteService(
      store: bench.store, cluster: bench.loop, table: try await RouteService.table(from: bench.store),
      gate: ChangeGate())
    let change = try await restarted.set(
      RouteAssignment(model: "digits", route: self.route([("1", "80"), ("2", "20")])))
    #expect(change.epoch == 2)
    let after = try #require(bench.loop.table["digits"].route)
    #expect(after.salt == before.salt)
    #expect(Self.moved(before, after) == 1000)
  }

  @Test func aRollbackPutsTheEarlierRouteInForceSlotBySlot() async throws {
    let bench = try await self.bench()
    for weights in [[("1", "1")], [("1", "1"), ("2", "1")], [("3", "1")]] {
      _ = try await bench.routes.set(RouteAssignment(model: "digits", route: self.route(weights)))
    }
    let back = try await bench.routes.rollBack(RouteOrder(model: "digits", by: "ada@host"))
    #expect(back.epoch == 4 && back.reason == "rollback to epoch 2")
    let history = try await bench.store.routeRevisions(of: "digits")
    #expect(history.map(\.epoch) == [1, 2, 3, 4])
    #expect(history[3].route == history[1].route)
    let first = try await bench.routes.rollBack(RouteOrder(model: "digits", epoch: 1, reason: "enough"))
    #expect(first.epoch == 5 && first.reason == "enough")
    #expect(first.route?.variants.map(\.version) == ["1"])
    for epoch in [0, 9, -1] {
      let error = await failure { _ = try await bench.routes.rollBack(RouteOrder(model: "digits", epoch: epoch)) }
      #expect(error?.code == .notFound && error?.message.contains("expected 1 to 5") == true)
    }
    #expect(try await bench.routes.history(ModelFilter(model: "digits")).count == 5)
  }

  @Test func aRouteCanBeTakenAwayAndBroughtBack() async throws {
    let bench = try await self.bench()
    let none = await failure { _ = try await bench.routes.remove(RouteOrder(model: "digits")) }
    #expect(none?.code == .notFound)
    _ = try await bench.routes.set(RouteAssignment(model: "digits", route: self.route([("1", "1")])))
    let removed = try await bench.routes.remove(RouteOrder(model: "digits"))
    #expect(removed.epoch == 2 && removed.route == nil)
    #expect(bench.loop.table["digits"].route == nil && bench.loop.table["digits"].epoch == 2)
    _ = try await bench.routes.rollBack(RouteOrder(model: "digits"))
    #expect(bench.loop.table["digits"].route != nil)
  }

  @Test func whatMakesNoSenseIsRefusedAndChangesNothing() async throws {
    let bench = try await self.bench()
    let cases: [(RouteSpecification, PredictionError.Code, String)] = [
      (self.route([("1", "1"), ("9", "1")]), .notFound, "digits@9"),
      (self.route([("1", "1")], shadow: "9"), .notFound, "digits@9"),
      (self.route([]), .invalidArgument, "at least one version"),
      (self.route([("1", "heavy")]), .invalidArgument, "weight \"heavy\""),
      (self.route([("1", "-1")]), .invalidArgument, "weight \"-1\""),
      (self.route([("1", "0")]), .invalidArgument, "add up to zero"),
      (self.route([("1", "1"), ("1", "2")]), .invalidArgument, "named twice"),
      (self.route([("1", "1")], shadow: "1"), .invalidArgument, "shadow target"),
    ]
    for (route, code, words) in cases {
      let error = await failure { _ = try await bench.routes.set(RouteAssignment(model: "digits", route: route)) }
      #expect(error?.code == code && error?.message.contains(words) == true, "\(words): \(error?.message ?? "taken")")
    }
    for share in [0, 2, Double.nan, -1, .infinity] {
      var route = self.route([("1", "1")], shadow: "2")
      route.shadows?[0].share = share
      let error = await failure { _ = try await bench.routes.set(RouteAssignment(model: "digits", route: route)) }
      #expect(error?.code == .invalidArgument, "\(share)")
    }
    #expect(bench.loop.table == RouteTable())
    #expect(try await bench.routes.show(ModelFilter()).isEmpty)
  }

  @Test func whatTheLoopDoesNotTakeIsTakenBack() async throws {
    let bench = try await self.bench()
    _ = try await bench.routes.set(RouteAssignment(model: "digits", route: self.route([("1", "1")])))
    _ = try await bench.routes.setAlias(AliasAssignment(model: "digits", alias: "best", version: "1"))
    bench.loop.refusal = PredictionError(.failedPrecondition, reason: "NO", message: "not now")
    let route = await failure {
      _ = try await bench.routes.set(RouteAssignment(model: "digits", route: self.route([("2", "1")])))
    }
    #expect(route?.reason == "NO")
    for (alias, version) in [("best", "2"), ("new", "2")] {
      let error = await failure {
        _ = try await bench.routes.setAlias(AliasAssignment(model: "digits", alias: alias, version: version))
      }
      #expect(error?.reason == "NO")
    }
    bench.loop.refusal = nil
    #expect(try await RouteService.table(from: bench.store) == bench.loop.table)
    let next = try await bench.routes.set(RouteAssignment(model: "digits", route: self.route([("2", "1")])))
    #expect(next.epoch == 2)
    #expect(bench.loop.table["digits"].aliases == ["best": "1"])
  }

  @Test func aRoutedVersionIsNotForgotten() async throws {
    let bench = try await self.bench()
    _ = try await bench.routes.set(
      RouteAssignment(model: "digits", route: self.route([("1", "1")], shadow: "2")))
    for version in ["1", "2"] {
      let error = await failure {
        _ = try await bench.registry.delete(ModelVersionReference(model: "digits", version: version))
      }
      #expect(error?.code == .failedPrecondition && error?.message.contains("route of digits, epoch 1") == true)
    }
    _ = try await bench.registry.delete(ModelVersionReference(model: "digits", version: "3"))
    _ = try await bench.routes.remove(RouteOrder(model: "digits"))
    _ = try await bench.registry.delete(ModelVersionReference(model: "digits", version: "1"))
  }

  @Test func aliasesAreInForceAtOnceAndAfterARestart() async throws {
    let bench = try await self.bench()
    _ = try await bench.routes.setAlias(AliasAssignment(model: "digits", alias: "champion", version: "1"))
    _ = try await bench.routes.setAlias(AliasAssignment(model: "digits", alias: "champion", version: "2"))
    #expect(bench.loop.table["digits"].aliases == ["champion": "2"])
    #expect(bench.loop.table["digits"].epoch == 0, "requests are routed as before")
    #expect(try await RouteService.table(from: bench.store) == bench.loop.table)
    _ = try await bench.routes.removeAlias(AliasReference(model: "digits", alias: "champion"))
    #expect(bench.loop.table["digits"].aliases.isEmpty)
  }

  /// Slots whose version is another one.
  private static func moved(_ before: Route, _ after: Route) -> Int {
    func versions(_ route: Route) -> [String] {
      route.assignment.runs.flatMap { [String](repeating: $0.version, count: $0.slots) }
    }
    return zip(versions(before), versions(after)).count { $0 != $1 }
  }
}
