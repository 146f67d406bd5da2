/// What a broker knows about itself from its start.
struct BrokerFacts: Sendable {
  static let version = "0.1.0"

  var instance: UInt64
  var endpoints: BrokerEndpoints
  var startedAt: UInt64
}
