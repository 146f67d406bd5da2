/// One property that every world must have.
protocol Check {
  /// Looks at a fact before it is booked. What is wrong with it, in a sentence; nil if nothing is.
  mutating func judge(_ fact: Fact, _ ledger: Ledger) -> String?

  /// What has yet to happen before the world may be called quiet, in a sentence; nil if nothing has.
  func pending(_ ledger: Ledger) -> String?
}

extension Check {
  /// The property's name.
  var name: String { "\(Self.self)" }

  func pending(_ ledger: Ledger) -> String? { nil }
}

/// All properties, and the ledger that they are judged against.
struct Checks {
  private(set) var ledger = Ledger()
  // In this order each fact is judged: what says most about a fault comes first.
  private var all: [any Check] = [
    LateResultsFenced(), NoReplyFromStranger(), ReplyIsFaithful(), ExactlyOneReply(), PayloadReleasedOnce(),
    CreditNeverExceeded(), DeadlinesRespected(), ClassOrder(), NoStarvation(), OrderWithinClass(),
    AskedVersionServes(), ShadowStaysApart(), ComparisonsComplete(), WeightsRespected(), KeysStick(),
    MovedShareMinimal(), FallbackAsAllowed(), EpochsMonotonic(), PredictionsNamedOnce(), LimitsHold(),
    EstimatesAreFair(), RefusedWithCause(), OrphansAnswered(), CancelsReachWorkers(), DismissedWithCause(),
    SilenceNoticed(), StuckNoticed(), WorkAnsweredOnce(), NoIdleWhileWaiting(),
    NoSpinning(), NoLostWork(), CountersAddUp(), QuietAfterHealing(),
  ]

  /// The names of all properties.
  var names: [String] { self.all.map(\.name) }

  /// Judges a fact and books it. The first property that it violates, and how.
  mutating func observe(_ fact: Fact) -> (property: String, sentence: String)? {
    for index in self.all.indices {
      if let sentence = self.all[index].judge(fact, self.ledger) { return (self.all[index].name, sentence) }
    }
    self.ledger.book(fact)
    return nil
  }

  /// What has yet to happen, by the first property that waits for something.
  var pending: (property: String, sentence: String)? {
    for check in self.all {
      if let sentence = check.pending(self.ledger) { return (check.name, sentence) }
    }
    return nil
  }
}
