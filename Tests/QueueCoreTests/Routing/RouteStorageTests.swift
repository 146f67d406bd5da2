import Foundation
import Testing

@testable import QueueCore

/// A table that was kept is read back as it was, or not at all.
@Suite struct RouteStorageTests {
  private static func table() throws -> RouteTable {
    var table = RouteTable()
    for weights in [(90, 10), (50, 50), (20, 80)] as [(UInt16, UInt16)] {
      try table.setRoute(
        of: "digits",
        to: RouteSettings(
          variants: [
            RouteVariant(version: "1", weight: Weight(weights.0)),
            RouteVariant(version: "2", weight: Weight(weights.1)),
          ], shadows: [ShadowTarget(version: "3", slots: 700)], hasFallback: true))
    }
    try table.setAlias("champion", of: "digits", to: "2", versions: ["1", "2", "3"])
    return table
  }

  @Test func aTableComesBackAsItWas() throws {
    let table = try Self.table()
    let read = try JSONDecoder().decode(RouteTable.self, from: JSONEncoder().encode(table))
    #expect(read == table)
  }

  @Test func aBrokerThatReadsTheTableSendsKeysWhereTheLastOneDid() throws {
    let table = try Self.table()
    let read = try JSONDecoder().decode(RouteTable.self, from: JSONEncoder().encode(table))
    func versions(_ table: RouteTable, _ known: [(String, String)]) throws -> [String] {
      var harness = BrokerHarness(versions: known)
      try harness.broker.setRoutes(table, at: harness.now)
      let model = try #require(harness.broker.catalog.model(named: "digits"))
      return try (0..<500).map { number in
        let submission = Submission(
          client: PeerID(UInt64(number)), request: RequestID(1), target: .model(model), requestClass: .online,
          contentType: .json, parts: 1, timeoutMicroseconds: -1, payload: .none, payloadBytes: 0,
          routingKey: RoutingKey("user-\(number)"))
        guard case .success(let resolution) = harness.broker.resolve(submission, at: harness.now) else {
          throw RouteError.noRoute(model: "digits")
        }
        return harness.broker.catalog.names(of: resolution.version).version
      }
    }
    let before = try versions(table, [("digits", "1"), ("digits", "2")])
    // The new broker knows other versions, in another order.
    #expect(try versions(read, [("other", "1"), ("digits", "2")]) == before)
    #expect(Set(before) == ["1", "2"])
  }

  @Test(arguments: [
    #"[{"version":"1","slots":9999}]"#, #"[{"version":"1","slots":10001}]"#, "[]",
    #"[{"version":"1","slots":10000},{"version":"2","slots":0}]"#, #"[{"version":"1","slots":-1}]"#,
    #"[{"version":"1","slots":9223372036854775807},{"version":"2","slots":9223372036854775807}]"#,
  ])
  func aDamagedAssignmentIsNotRead(json: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(SlotAssignment.self, from: Data(json.utf8))
    }
  }

  @Test func slotsThatAreNotThoseOfTheWeightsAreNotRead() throws {
    let route = try #require(try Self.table()["digits"].route)
    let text = String(decoding: try JSONEncoder().encode(route), as: UTF8.self)
    #expect(try JSONDecoder().decode(Route.self, from: Data(text.utf8)) == route)
    let other = text.replacingOccurrences(of: #""weight":"80""#, with: #""weight":"81""#)
    #expect(other != text)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Route.self, from: Data(other.utf8)) }
  }
}
