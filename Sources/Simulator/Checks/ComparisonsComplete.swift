import QueueCore

/// Both sides of every comparison are told once each, or it is called off.
struct ComparisonsComplete: Check {
  private var open: [ComparisonID: Set<ShadowOutcome.Side>] = [:]

  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .brokerStarted:
      self.open = [:]
      return nil
    case .copied(let copied, _):
      guard self.open.updateValue([], forKey: copied.comparison) != nil else { return nil }
      return "a comparison of request number \(copied.comparison.number) begins twice"
    case .asked(.outcome(let outcome, _), _, _):
      guard var sides = self.open[outcome.comparison], sides.insert(outcome.side).inserted else {
        return "the \(outcome.side) of request number \(outcome.comparison.number) is told without need"
      }
      self.open[outcome.comparison] = sides.count == 2 ? nil : sides
      return nil
    case .asked(.forget(let comparison), _, _):
      guard self.open.removeValue(forKey: comparison) == nil else { return nil }
      return "a comparison of request number \(comparison.number) is called off that is not open"
    default:
      return nil
    }
  }

  func pending(_ ledger: Ledger) -> String? {
    self.open.isEmpty ? nil : "\(self.open.count) comparisons wait for a side"
  }
}
