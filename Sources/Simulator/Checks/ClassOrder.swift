import QueueCore

/// A higher class goes before a lower one, except for the small share of picks that the lower one is granted.
struct ClassOrder: Check {
  private var picks = ClassPicks(restartsWithLower: false)

  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    guard let pick = self.picks.take(fact, ledger), pick.isLower, pick.run < ClassPicks.period - 1 else { return nil }
    return "a request of class \(pick.requestClass) goes before one of the class above it that waits, "
      + "after \(pick.run) of those; it should be \(ClassPicks.period - 1)"
  }
}

/// The lower of two classes gets its small share while both wait, so it never starves.
struct NoStarvation: Check {
  private var picks = ClassPicks(restartsWithLower: true)

  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    guard let pick = self.picks.take(fact, ledger), !pick.isLower, pick.run >= ClassPicks.period - 1 else {
      return nil
    }
    return "\(pick.run + 1) requests of class \(pick.requestClass) in a row went before the class below it, which waits"
  }
}

/// Counts, by version and lane, how often in a row the upper class was picked while both waited.
struct ClassPicks {
  /// One pick in so many is the lower class's: a share of 5 %.
  static let period = 20

  /// A pick while both classes of a lane waited.
  struct Pick {
    var requestClass: RequestClass
    var isLower: Bool
    /// Picks of the upper class in a row before it.
    var run: Int
  }

  /// Whether a run begins anew when the lower class comes to wait again, having been empty.
  let restartsWithLower: Bool
  private var runs: [Int: Int] = [:]
  private var fillings: [Int: Int] = [:]

  init(restartsWithLower: Bool) {
    self.restartsWithLower = restartsWithLower
  }

  mutating func take(_ fact: Fact, _ ledger: Ledger) -> Pick? {
    switch fact {
    case .brokerStarted:
      self.runs = [:]
      self.fillings = [:]
      return nil
    case .asked(.dispatch(_, let work, _), _, _):
      return ledger.entry(work.work).flatMap { self.take($0, ledger) }
    default:
      return nil
    }
  }

  private mutating func take(_ entry: Ledger.Entry, _ ledger: Ledger) -> Pick? {
    let requestClass = entry.submission.requestClass
    let (upper, lower): (RequestClass, RequestClass) =
      requestClass.lane == .interactive ? (.online, .shadow) : (.batch, .tuning)
    let queue = Int(entry.version.rawValue) * 2 + Int(requestClass.lane.rawValue)
    guard ledger.waiting(entry.version, upper).count > 0, ledger.waiting(entry.version, lower).count > 0 else {
      self.runs[queue] = 0
      return nil
    }
    let filling = ledger.waiting(entry.version, lower).fillings
    if self.restartsWithLower, self.fillings.updateValue(filling, forKey: queue) != filling { self.runs[queue] = 0 }
    let run = self.runs[queue] ?? 0
    self.runs[queue] = requestClass == upper ? run + 1 : 0
    return Pick(requestClass: requestClass, isLower: requestClass == lower, run: run)
  }
}
