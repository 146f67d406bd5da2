import QueueCore

/// Something that happened in a world and that a property may be about.
enum Fact {
  /// A broker's process started, with no memory of requests, workers and clients.
  case brokerStarted(Limits, Timing)
  /// The broker heard for the first time from a worker's connection; which process that is.
  case met(PeerID, maker: UInt32)

  /// The broker was told something.
  case told(Event, at: Instant)
  /// What it was told last made the broker ask for this. A reply's payload says who made it.
  case asked(Action, at: Instant, stamp: Stamp?)
  /// What it was told last made the broker take a request on.
  case accepted(WorkID, VersionID, at: Instant)
  /// It made a copy of that request.
  case copied(Copied, at: Instant)
  /// The broker was given the routes that are in force from now on.
  case routesSet([ModelID: Routing])
  /// The broker has said all it has to say about what it was told last.
  case stepped
  /// The broker has done everything and waits.
  case slept(BrokerLook)

  /// A worker announced itself.
  case granted(maker: UInt32, credit: Int, bulkCredit: Int)
  /// A piece of work reached a worker.
  case workArrived(maker: UInt32, WorkID, attempt: UInt8, Lane)
  /// A worker answered a piece of work.
  case workAnswered(maker: UInt32, WorkID, attempt: UInt8)
  /// A worker's membership ended, and all it had with it.
  case membershipEnded(maker: UInt32)

  /// A client's program asked for something.
  case submitted(ClientRequest, token: UInt64)
  /// A client's program was told how it ended; the token is that of the request that the answer belongs to.
  case ended(ClientRequest, token: UInt64?)
  /// A client's program is no more.
  case clientGone(Int32)
  /// A process used a payload in a way that it must not.
  case payloadMisused(String)
}

/// What is said about a model's versions: the route in force, and the ids of the versions.
struct Routing {
  var model: String
  var epoch: UInt32
  var route: Route?
  var ids: [String: VersionID]

  /// The versions that answer, with their slots.
  var variants: [(version: VersionID, slots: Int)] {
    guard let route = self.route else { return [] }
    return route.settings.variants.compactMap { variant in
      let slots = route.assignment.slots(of: variant.version)
      return slots == 0 ? nil : self.ids[variant.version].map { ($0, slots) }
    }
  }

  func name(of version: VersionID) -> String? { self.ids.first { $0.value == version }?.key }
}

/// A copy of a request for a shadow version.
struct Copied {
  var primary: WorkID
  var copy: WorkID
  var version: VersionID
  var comparison: ComparisonID
}

/// A request as a client's program knows it.
struct ClientRequest: Hashable, Comparable, BitwiseCopyable {
  var client: Int32
  var request: RequestID

  static func < (left: ClientRequest, right: ClientRequest) -> Bool {
    left.client != right.client ? left.client < right.client : left.request.rawValue < right.request.rawValue
  }
}

/// How the broker looks from outside while it waits.
struct BrokerLook {
  var now: Instant
  var nextDeadline: Instant
  var outstanding: Int
  var occupied: Int
  var copies: Int
  var payloadsHeld: Int
  var heldBytes: Int
  var versions: [Broker.VersionView]
  var workers: [WorkerView]
  var counters: Counters
}
