import QueueCore

/// A routing key always goes to the same version while the slots are assigned in the same way: through restarts of the
/// broker, and again after the assignment was changed and taken back. A client of a sticky route is such a key.
struct KeysStick: Check {
  private struct Seat: Hashable {
    var model: String
    var assignment: Int
    var key: RoutingKey
  }

  /// All assignments so far; a seat names one by its place here.
  private var assignments: [SlotAssignment] = []
  private var versions: [Seat: String] = [:]
  /// What clients without keys are called is good for one life of the broker.
  private var clients: [Seat: String] = [:]

  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .brokerStarted:
      self.clients = [:]
      return nil
    case .accepted(_, let version, _):
      guard let submission = ledger.arriving, case .model(let model) = submission.target,
        let routing = ledger.routings[model], let route = routing.route, let name = routing.name(of: version),
        !route.settings.hasFallback || routing.variants.allSatisfy({ ledger.isServed($0.version) })
      else { return nil }
      let seat = Seat(
        model: routing.model, assignment: self.place(of: route.assignment),
        key: submission.routingKey ?? submission.identity)
      if submission.routingKey != nil {
        let known = self.versions.updateValue(name, forKey: seat)
        return Self.compare(name, known, seat)
      }
      guard route.settings.isSticky else { return nil }
      let known = self.clients.updateValue(name, forKey: seat)
      return Self.compare(name, known, seat)
    default:
      return nil
    }
  }

  private mutating func place(of assignment: SlotAssignment) -> Int {
    if let known = self.assignments.firstIndex(of: assignment) { return known }
    self.assignments.append(assignment)
    return self.assignments.count - 1
  }

  private static func compare(_ version: String, _ known: String?, _ seat: Seat) -> String? {
    guard let known, known != version else { return nil }
    return "key \(seat.key.digest) of \(seat.model) went to version \(known), "
      + "and with the same slots to version \(version)"
  }
}
