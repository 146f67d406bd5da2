import Testing

@testable import QueueCore

/// Weights, slots, and what becomes of them when they change.
@Suite struct RouteTests {
  private static func settings(_ weights: KeyValuePairs<String, String>) throws -> RouteSettings {
    RouteSettings(
      variants: try weights.map { RouteVariant(version: $0.key, weight: try #require(Weight($0.value))) })
  }

  private static func slots(_ route: Route) -> [String: Int] {
    Dictionary(
      uniqueKeysWithValues: route.settings.variants.map { ($0.version, route.assignment.slots(of: $0.version)) })
  }

  @Test(arguments: [
    ("90", "90"), ("0.5", "0.5"), ("33.30", "33.3"), ("0", "0"), ("1000000", "1000000"), ("0.000001", "0.000001"),
  ])
  func aWeightIsReadAndWrittenExactly(text: String, written: String) throws {
    #expect(try #require(Weight(text)).description == written)
  }

  @Test(arguments: ["", "-1", "1.", ".5", "1e3", "1,5", "1000000.1", "0.0000001", "90 ", "٣"])
  func whatIsNoWeightIsNotRead(text: String) {
    #expect(Weight(text) == nil)
  }

  @Test func weightsComeToSlotsByLargestRemainder() throws {
    #expect(Self.slots(try Route(Self.settings(["1": "90", "2": "10"]), model: "m")) == ["1": 9000, "2": 1000])
    #expect(
      Self.slots(try Route(Self.settings(["1": "1", "2": "1", "3": "1"]), model: "m"))
        == ["1": 3334, "2": 3333, "3": 3333])
    #expect(Self.slots(try Route(Self.settings(["1": "99.99", "2": "0.01"]), model: "m")) == ["1": 9999, "2": 1])
    #expect(Self.slots(try Route(Self.settings(["1": "5", "2": "0"]), model: "m")) == ["1": 10_000, "2": 0])
  }

  @Test func whatIsNotSoundIsNamed() throws {
    func error(_ change: (inout RouteSettings) -> Void) throws -> RouteError? {
      var settings = try Self.settings(["1": "90", "2": "10"])
      change(&settings)
      do throws(RouteError) {
        _ = try Route(settings, model: "m")
        return nil
      } catch {
        return error
      }
    }
    #expect(try error { _ in } == nil)
    #expect(try error { $0.variants = [] } == .noVariants)
    #expect(try error { $0.variants[1].version = "1" } == .duplicateVersion("1"))
    #expect(try error { $0.variants[1].version = "a b" } == .invalidName(field: "version", name: "a b"))
    #expect(
      try error { settings in for index in settings.variants.indices { settings.variants[index].weight = Weight(0) } }
        == .noWeight)
    let tiny = try #require(Weight("0.0001"))
    #expect(try error { $0.variants[1].weight = tiny } == .shareTooSmall(version: "2", weight: tiny))
    #expect(try error { $0.shadows = [ShadowTarget(version: "2")] } == .shadowIsVariant("2"))
    #expect(
      try error { $0.shadows = [ShadowTarget(version: "3"), ShadowTarget(version: "3")] } == .duplicateVersion("3"))
    #expect(
      try error { $0.shadows = [ShadowTarget(version: "3", slots: 0)] } == .shadowShare(version: "3", slots: 0))
    #expect(
      try error { $0.shadows = (3..<8).map { ShadowTarget(version: "\($0)") } } == .tooManyShadows(count: 5, limit: 4))
    #expect(
      try error { $0.variants = (0..<65).map { RouteVariant(version: "\($0)", weight: Weight(1)) } }
        == .tooManyVariants(count: 65, limit: 64))
  }

  @Test(arguments: UInt64(1)...12)
  func aChangeMovesOnlyWhatItMust(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var route: Route?
    for _ in 0..<20 {
      let count = Int.random(in: 1...6, using: &random)
      let versions = (1...8).map(String.init).shuffled(using: &random).prefix(count)
      let variants = versions.map {
        RouteVariant(version: $0, weight: Weight(UInt16.random(in: 1...100, using: &random)))
      }
      let next = try Route(RouteSettings(variants: Array(variants)), model: "m", replacing: route)
      if let earlier = route { Self.check(earlier, next) }
      #expect(next.assignment.runs.reduce(0) { $0 + $1.slots } == SlotAssignment.slotCount)
      route = next
    }
  }

  /// Slots go from versions that shrink to versions that grow, as many as these lose.
  private static func check(_ earlier: Route, _ later: Route) {
    var moved = 0
    var moves: Set<[String]> = []
    for (before, after) in zip(earlier.assignment.versions, later.assignment.versions) where before != after {
      moved += 1
      moves.insert([before, after])
    }
    for move in moves {
      #expect(later.assignment.slots(of: move[0]) < earlier.assignment.slots(of: move[0]))
      #expect(later.assignment.slots(of: move[1]) > earlier.assignment.slots(of: move[1]))
    }
    let lost = Set(earlier.assignment.versions).reduce(0) { sum, version in
      sum + max(0, earlier.assignment.slots(of: version) - later.assignment.slots(of: version))
    }
    #expect(moved == lost)
  }

  @Test func rollbackGivesEverySlotBack() throws {
    var table = RouteTable()
    let first = try table.setRoute(of: "m", to: Self.settings(["1": "70", "2": "30"]))
    try table.setRoute(of: "m", to: Self.settings(["2": "30", "3": "70"]))
    try table.setRoute(of: "m", to: Self.settings(["1": "70", "3": "30"]))
    let second = try table.setRoute(of: "m", to: Self.settings(["1": "70", "2": "30"]))
    let route = try #require(first.route)
    #expect(second.route?.settings == route.settings)
    #expect(second.route != route, "the same weights, but by way of others: not the same slots")
    let restored = table.restoreRoute(of: "m", to: route)
    #expect(restored.route == route)
    #expect(restored.epoch == 5)
  }

  @Test func everyChangeHasALaterEpochAndNoRouteHasOneToo() throws {
    var table = RouteTable()
    #expect(table["m"].epoch == 0)
    #expect(try table.setRoute(of: "m", to: Self.settings(["1": "1"])).epoch == 1)
    #expect(try table.removeRoute(of: "m").epoch == 2)
    #expect(throws: RouteError.noRoute(model: "m")) { try table.removeRoute(of: "m") }
    #expect(throws: RouteError.noVariants) { try table.setRoute(of: "m", to: RouteSettings(variants: [])) }
    #expect(table["m"].epoch == 2)
    #expect(table["n"].epoch == 0)
  }

  @Test func anAliasNeedsANameThatNoVersionHas() throws {
    var table = RouteTable()
    #expect(throws: RouteError.aliasIsVersion(model: "m", alias: "2")) {
      try table.setAlias("2", of: "m", to: "1", versions: ["1", "2"])
    }
    try table.setAlias("champion", of: "m", to: "1", versions: ["1", "2"])
    try table.setAlias("champion", of: "m", to: "2", versions: ["1", "2"])
    #expect(table["m"].aliases == ["champion": "2"])
    #expect(throws: RouteError.unknownAlias(model: "m", alias: "x")) { try table.removeAlias("x", of: "m") }
    try table.removeAlias("champion", of: "m")
    #expect(table["m"].aliases == [:])
  }

  @Test(arguments: [("100", 10_000), ("25.05", 2505), ("0.01", 1), ("0", nil), ("100.01", nil), ("0.005", nil)])
  func aShadowsShareIsReadInPercent(percent: String, slots: Int?) throws {
    #expect(ShadowTarget(version: "3", percent: try #require(Weight(percent)))?.slots == slots)
  }

  @Test func aRouteSaysWhatItIs() throws {
    var settings = try Self.settings(["1": "90", "2": "9.5"])
    settings.isSticky = true
    settings.hasFallback = true
    settings.shadows = [ShadowTarget(version: "3", slots: 2505)]
    #expect(try Route(settings, model: "m").description == "1=90 2=9.5 sticky shadow 3=25.05 % fallback")
  }
}
