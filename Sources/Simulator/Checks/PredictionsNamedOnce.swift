import QueueCore

/// No two predictions of a broker's life have the same number, and none has none.
struct PredictionsNamedOnce: Check {
  private var numbers: Set<UInt64> = []

  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String? {
    switch fact {
    case .brokerStarted:
      self.numbers = []
      return nil
    case .asked(.reply(_, let reply, _), _, _):
      guard reply.number == 0 || !self.numbers.insert(reply.number).inserted else { return nil }
      return "the reply to request \(reply.request.rawValue) has number \(reply.number), which another one has had"
    default:
      return nil
    }
  }
}
