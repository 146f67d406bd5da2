import QueueCore

/// A change of weights moves as many slots as it must, from versions that get less to versions that get more; and keys
/// move with them and not otherwise.
struct MovedShareMinimal: Check {
  /// Two assignments of a model, one after the other.
  private struct Change {
    var earlier: SlotAssignment
    var later: SlotAssignment
    /// Whether the later one is an earlier one taken back: then all that differs moves.
    var isRestored: Bool
  }

  private struct Seat: Hashable {
    var model: ModelID
    var key: RoutingKey
  }

  /// What each model's slots have been, whatever became of its routes and of the broker.
  private var history: [String: [SlotAssignment]] = [:]
  private var present: [ModelID: SlotAssignment] = [:]
  private var changes: [ModelID: Change] = [:]
  /// Where each key went last, and how the slots were assigned then.
  private var last: [Seat: (assignment: SlotAssignment, version: String)] = [:]

  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .brokerStarted:
      self.present = [:]
      self.changes = [:]
      self.last = [:]
      return nil
    case .routesSet(let routings):
      for (model, routing) in routings.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        if let sentence = self.note(model, routing) { return sentence }
      }
      return nil
    case .accepted(_, let version, _):
      guard let submission = ledger.arriving, case .model(let model) = submission.target,
        let key = submission.routingKey, let routing = ledger.routings[model], let route = routing.route,
        let name = routing.name(of: version),
        !route.settings.hasFallback || routing.variants.allSatisfy({ ledger.isServed($0.version) })
      else { return nil }
      let seat = Seat(model: model, key: key)
      let earlier = self.last.updateValue((route.assignment, name), forKey: seat)
      return earlier.flatMap { self.judge(seat, from: $0.version, at: $0.assignment, to: name) }
    default:
      return nil
    }
  }

  private mutating func note(_ model: ModelID, _ routing: Routing) -> String? {
    let earlier = self.present[model]
    let assignment = routing.route?.assignment
    self.present[model] = assignment
    guard let earlier, let assignment else {
      self.changes[model] = nil
      if let assignment { self.history[routing.model, default: []].append(assignment) }
      return nil
    }
    guard earlier != assignment else { return nil }
    let isRestored = self.history[routing.model]?.contains(assignment) ?? false
    self.history[routing.model, default: []].append(assignment)
    let change = Change(earlier: earlier, later: assignment, isRestored: isRestored)
    self.changes[model] = change
    return change.isRestored ? nil : Self.judge(change)
  }

  private static func judge(_ change: Change) -> String? {
    let (before, after) = (Self.slots(change.earlier), Self.slots(change.later))
    let moved = zip(before, after).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
    let needed = Set(before).reduce(0) { sum, version in
      sum + max(0, change.earlier.slots(of: version) - change.later.slots(of: version))
    }
    return moved == needed ? nil : "\(moved) slots changed their version, \(needed) had to"
  }

  private static func slots(_ assignment: SlotAssignment) -> [String] {
    assignment.runs.flatMap { [String](repeating: $0.version, count: $0.slots) }
  }

  private func judge(
    _ seat: Seat, from earlier: String, at assignment: SlotAssignment, to version: String
  ) -> String? {
    guard earlier != version, let change = self.changes[seat.model], change.earlier == assignment,
      !change.isRestored
    else { return nil }
    let lost = change.later.slots(of: earlier) < change.earlier.slots(of: earlier)
    let gained = change.later.slots(of: version) > change.earlier.slots(of: version)
    return lost && gained
      ? nil
      : "key \(seat.key.digest) moved from version \(earlier) to version \(version), "
        + "but the change took nothing from the one or gave nothing to the other"
  }
}
