import QueueCore

/// What all actors of a world share: its time, its chance, its network, and the eyes that watch them.
struct Stage {
  let options: Options
  /// The bug that is planted, if one is.
  let mutation: Mutation?
  var now: UInt64 = 0
  var random: SplitMix64
  var agenda = Agenda()
  var network = Network()
  var totals = Totals()
  var trace: Trace
  var checks = Checks()
  private(set) var violation: Violation?
  /// Whether faults may strike; false once the world is being healed.
  var isStormy = true
  /// The present life of the broker or, while it is down, the next one, and when that begins.
  var brokerLife: UInt32 = 1
  var brokerStartsAt: UInt64 = 0
  /// Work that was handed out lately: what liars have heard of.
  private(set) var gossip: [WorkHeader] = []
  private var makers: UInt32 = 0

  init(options: Options, mutation: Mutation?, trace: Trace) {
    self.options = options
    self.mutation = mutation
    self.trace = trace
    // Not the generator that drew the options: a new knob must not change all that follows.
    self.random = SplitMix64(seed: options.seed ^ 0x5DEE_CE66_D1CE_CAFE)
  }

  /// Shows the properties what happened. The first violation ends the world.
  mutating func observe(_ fact: Fact) {
    guard self.violation == nil, let found = self.checks.observe(fact) else { return }
    self.fail(.safety, found.property, found.sentence)
  }

  mutating func fail(_ kind: Violation.Kind, _ property: String, _ sentence: String) {
    guard self.violation == nil else { return }
    let violation = Violation(kind: kind, property: property, sentence: sentence, time: self.now)
    self.violation = violation
    self.trace.line("VIOLATION \(violation)", at: self.now)
  }

  func say(_ text: @autoclosure () -> String) {
    self.trace.line(text(), at: self.now)
  }

  mutating func gossip(about work: WorkHeader) {
    if self.gossip.count >= 32 { self.gossip.removeFirst(16) }
    self.gossip.append(work)
  }

  /// A number for a process that makes results.
  mutating func nextMaker() -> UInt32 {
    self.makers += 1
    return self.makers
  }
}

/// A process's own idea of the time, and when it wants to be woken next.
struct Clock {
  /// How far the process's clock is ahead of the world's.
  var offset: UInt64
  /// When the process's next waking is due, in the world's time.
  private var wakingAt = UInt64.max

  init(offset: UInt64) {
    self.offset = offset
  }

  func reading(at time: UInt64) -> Instant { Instant(nanoseconds: time + self.offset) }

  /// When to put a waking into the agenda for a deadline on this clock; nil if one is due before that already.
  mutating func waking(for deadline: Instant, at time: UInt64) -> UInt64? {
    guard deadline < .distantFuture else { return nil }
    let due = max(deadline.nanoseconds > self.offset ? deadline.nanoseconds - self.offset : 0, time)
    guard due < self.wakingAt else { return nil }
    self.wakingAt = due
    return due
  }

  /// A waking came. False if it was put down before an earlier one and is of no use any more.
  mutating func woke(at time: UInt64) -> Bool {
    guard time >= self.wakingAt else { return false }
    self.wakingAt = .max
    return true
  }
}
