/// What `status` answers: the broker, one entry a model version, and the broker's counters.
public struct ClusterStatus: Codable, Hashable, Sendable {
  /// The broker itself.
  public var broker: BrokerStatus
  /// Every version that has, or had, a worker or requests.
  public var models: [VersionStatus]
  /// The models that have, or had, a route or aliases.
  public var routes: [RouteStatus]
  /// What the broker counted since it started, by name.
  public var counters: [String: Int]

  /// Makes a cluster's status.
  public init(
    broker: BrokerStatus, models: [VersionStatus], routes: [RouteStatus] = [], counters: [String: Int]
  ) {
    self.broker = broker
    self.models = models
    self.routes = routes
    self.counters = counters
  }
}

/// The broker's own part of a ``ClusterStatus``.
public struct BrokerStatus: Codable, Hashable, Sendable {
  /// The program's version.
  public var version: String
  /// A number that is different after every start, as hexadecimal digits.
  public var instance: String
  /// Seconds since it started.
  public var uptimeSeconds: Double
  /// Where clients connect.
  public var frontend: String
  /// Where workers connect.
  public var backend: String
  /// Where events are published.
  public var events: String
  /// Clients it has heard lately, if it knows.
  public var clients: Int?
  /// Whether it is finishing and takes nothing new.
  public var draining: Bool

  /// Makes a broker's status.
  public init(
    version: String, instance: String, uptimeSeconds: Double, frontend: String, backend: String, events: String,
    clients: Int? = nil, draining: Bool = false
  ) {
    self.version = version
    self.instance = instance
    self.uptimeSeconds = uptimeSeconds
    self.frontend = frontend
    self.backend = backend
    self.events = events
    self.clients = clients
    self.draining = draining
  }

  enum CodingKeys: String, CodingKey {
    case version
    case instance
    case uptimeSeconds = "uptime_seconds"
    case frontend
    case backend
    case events
    case clients
    case draining
  }
}
