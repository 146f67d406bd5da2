/// What happened in a world, so that one in which nothing happened is noticed.
public struct Totals: Hashable, Sendable {
  /// Requests that clients made.
  public var requests = 0
  /// Requests that ended with what a worker said.
  public var replies = 0
  /// Requests that ended with a refusal of the broker's.
  public var refusals = 0
  /// Requests that their client's session ended by itself.
  public var failures = 0
  /// Requests whose client died before their end.
  public var orphaned = 0
  /// Requests that their clients gave up.
  public var cancellations = 0
  /// Pieces of work handed out.
  public var dispatches = 0
  /// Of those, second attempts and later ones.
  public var retries = 0
  /// Results that the broker dropped because they came too late or from the wrong sender.
  public var lateResults = 0
  /// Deaths of workers.
  public var crashes = 0
  /// Workers that were dismissed because they did not get on with bulk work.
  public var stuck = 0
  /// Workers that left in good order.
  public var departures = 0
  /// Other faults that struck.
  public var otherFaults = 0
  /// Lies told.
  public var lies = 0
  /// Requests whose version a route chose.
  public var routed = 0
  /// Copies that were made for shadow versions.
  public var copies = 0
  /// Tables of routes that the broker was given.
  public var routeChanges = 0
  /// Starts of the broker.
  public var brokers = 0
  /// Messages that arrived.
  public var messages = 0
  /// Turns of the broker.
  public var turns = 0
  /// Simulated milliseconds.
  public var milliseconds: UInt64 = 0

  /// All zero.
  public init() {}

  /// Adds up the totals of two worlds.
  public static func += (left: inout Totals, right: Totals) {
    for path in Self.counts { left[keyPath: path.path] += right[keyPath: path.path] }
    left.milliseconds += right.milliseconds
  }

  private static var counts: [(name: String, path: WritableKeyPath<Totals, Int>)] {
    [
      ("requests", \.requests), ("replies", \.replies), ("refusals", \.refusals), ("failures", \.failures),
      ("orphaned", \.orphaned), ("cancellations", \.cancellations), ("dispatches", \.dispatches),
      ("retries", \.retries), ("late results", \.lateResults), ("crashes", \.crashes),
      ("stuck", \.stuck), ("departures", \.departures), ("other faults", \.otherFaults), ("lies", \.lies),
      ("routed", \.routed), ("copies", \.copies), ("route changes", \.routeChanges), ("brokers", \.brokers),
      ("messages", \.messages), ("turns", \.turns),
    ]
  }
}

extension Totals: CustomStringConvertible {
  /// All totals on one line.
  public var description: String {
    Self.counts.map { "\($0.name) \(self[keyPath: $0.path])" }.joined(separator: ", ")
      + ", simulated seconds \(self.milliseconds / 1000)"
  }
}
