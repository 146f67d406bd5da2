import Testing

@testable import QueueCore

/// Over 100,000 requests the shares are those of the weights, and a change moves the keys it must and no others.
@Suite struct RoutingShareTests {
  private static let count = 100_000

  private static func route(_ weights: [(String, UInt16)], replacing previous: Route? = nil) throws -> Route {
    try Route(
      RouteSettings(variants: weights.map { RouteVariant(version: $0.0, weight: Weight($0.1)) }), model: "digits",
      replacing: previous)
  }

  /// The version of each key.
  private static func versions(_ route: Route, _ keys: [RoutingKey]) -> [String] {
    let versions = route.assignment.versions
    return keys.map { versions[$0.slot(salt: route.salt)] }
  }

  private static func deviation(_ share: Double) -> Double {
    3 * (Double(Self.count) * share * (1 - share)).squareRoot()
  }

  /// Keys as clients make them: names of users, numbers in a row, and requests of one client.
  private static let kinds: [[RoutingKey]] = [
    (0..<Self.count).map { RoutingKey("user-\($0)") },
    (0..<Self.count).map { RoutingKey(number: UInt64($0)) },
    (0..<Self.count).map { RoutingKey(number: 7).with(UInt64($0)) },
    (0..<Self.count).map { RoutingKey(number: UInt64($0)).with(1) },
  ]

  @Test(arguments: 0..<4)
  func sharesAreWithinThreeStandardDeviations(kind: Int) throws {
    let route = try Self.route([("1", 90), ("2", 9), ("3", 1)])
    let versions = Self.versions(route, Self.kinds[kind])
    for (version, share) in [("1", 0.9), ("2", 0.09), ("3", 0.01)] {
      let got = Double(versions.count { $0 == version })
      #expect(abs(got - share * Double(Self.count)) <= Self.deviation(share), "version \(version) got \(got)")
    }
  }

  @Test(
    arguments: [
      ([("1", 90), ("2", 10)], [("1", 80), ("2", 20)], 0.1), ([("1", 100)], [("1", 90), ("2", 10)], 0.1),
      ([("1", 50), ("2", 50)], [("1", 45), ("2", 45), ("3", 10)], 0.1),
      ([("1", 60), ("2", 30), ("3", 10)], [("3", 10), ("2", 40), ("1", 50)], 0.1),
      ([("1", 1)], [("2", 1)], 1.0),
    ] as [([(String, UInt16)], [(String, UInt16)], Double)])
  func movingAShareMovesThatShareOfTheKeysAndNoOthers(
    from: [(String, UInt16)], to: [(String, UInt16)], share: Double
  ) throws {
    let before = try Self.route(from)
    let after = try Self.route(to, replacing: before)
    let keys = Self.kinds[0]
    var moved = 0
    for (old, new) in zip(Self.versions(before, keys), Self.versions(after, keys)) where old != new {
      moved += 1
      #expect(after.assignment.slots(of: old) < before.assignment.slots(of: old))
      #expect(after.assignment.slots(of: new) > before.assignment.slots(of: new))
    }
    #expect(abs(Double(moved) - share * Double(Self.count)) <= Self.deviation(share))
  }

  @Test func theBrokerFollowsTheSlots() throws {
    var harness = BrokerHarness(versions: [("digits", "1"), ("digits", "2")])
    var table = RouteTable()
    try table.setRoute(
      of: "digits",
      to: RouteSettings(
        variants: [RouteVariant(version: "1", weight: Weight(75)), RouteVariant(version: "2", weight: Weight(25))]))
    try harness.broker.setRoutes(table, at: harness.now)
    let model = try #require(harness.broker.catalog.model(named: "digits"))
    var counts = [0, 0]
    for number in 0..<Self.count {
      let submission = Submission(
        client: PeerID(UInt64(number % 50)), request: RequestID(UInt64(number / 50)), target: .model(model),
        requestClass: .online, contentType: .json, parts: 1, timeoutMicroseconds: -1, payload: .none, payloadBytes: 0)
      guard case .success(let resolution) = harness.broker.resolve(submission, at: harness.now) else {
        Issue.record("not resolved")
        return
      }
      counts[Int(resolution.version.rawValue)] += 1
    }
    #expect(abs(Double(counts[1]) - 25_000) <= Self.deviation(0.25))
  }

  @Test func copiesAreSampledByRequestAndApartFromTheVariants() throws {
    let settings = RouteSettings(
      variants: [RouteVariant(version: "1", weight: Weight(50)), RouteVariant(version: "2", weight: Weight(50))],
      shadows: [ShadowTarget(version: "3", slots: 1000)])
    let route = ActiveRoute(try Route(settings, model: "digits")) { VersionID(UInt32($0) ?? 0) }
    var copied: [VersionID: Int] = [:]
    for key in Self.kinds[2] where route.shadowSlot(for: key) < 1000 {
      copied[route.version(for: key), default: 0] += 1
    }
    for version in [VersionID(1), VersionID(2)] {
      #expect(abs(Double(copied[version] ?? 0) - 5000) <= Self.deviation(0.05))
    }
  }
}
