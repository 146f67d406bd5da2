public import QueueCore

/// Every knob of a world, drawn from its seed. Times are in the unit that the name says.
public struct Options: Sendable {
  /// What the world is drawn from.
  public let seed: UInt64

  /// Clients, and what each of them asks for in all.
  public var clients = 1
  /// Requests that each client makes.
  public var requestsPerClient = 1
  /// Seats for honest workers; a worker that ends is followed by another one.
  public var workers = 1
  /// Workers that speak the protocol to abuse it.
  public var liars = 0
  /// Versions that are served or asked for, over all models.
  public var versions = 1
  /// Versions of one model.
  public var versionsPerModel = 1

  /// How long clients ask.
  public var stormMilliseconds = 1000
  /// Requests that a client makes at once, at most.
  public var burst = 1
  /// Weights of the four classes.
  public var classWeights = [1, 0, 0, 0]
  /// Weights of no time-out, one of zero, tiny ones, short ones and long ones.
  public var timeoutWeights = [1, 0, 0, 0, 0]
  /// Bytes of a payload, at most.
  public var payloadBytes = 100
  /// Requests in a hundred that pin their version.
  public var pinnedPercent = 50
  /// Requests in a hundred for models or versions that nobody has heard of.
  public var unknownPercent = 0
  /// Requests in a hundred that are given up soon after.
  public var cancelPercent = 0
  /// Things in a hundred that clients do which are not what clients should do.
  public var rudePercent = 0
  /// Requests in a thousand that kill the worker which computes them.
  public var poisonPermille = 0
  /// Requests in a hundred that have a routing key.
  public var keyPercent = 0
  /// Different routing keys.
  public var keys = 1
  /// Whether models have routes from the start.
  public var isRouted = false
  /// Requests that a client's session lets out at once.
  public var clientOutstanding = 4096

  /// Requests that a worker holds, at most.
  public var credit = 8
  /// Bulk requests that a worker holds, at most.
  public var bulkCredit = 2
  /// Workers in a hundred that take no bulk requests.
  public var noBulkPercent = 0
  /// Compute threads of a worker.
  public var threads = 1
  /// Mean time that a request takes to compute.
  public var serviceMicroseconds = 1000
  /// Requests in a hundred that fail in the model.
  public var failPercent = 0
  /// Requests in a hundred that a worker hands back.
  public var handBackPercent = 0
  /// Loads in a hundred that fail.
  public var loadFailPercent = 0
  /// Mean time that loading a model takes.
  public var loadMilliseconds = 100
  /// Heartbeats of workers.
  public var workerHeartbeatMilliseconds = 1000
  /// Heartbeats of a worker that may be missed.
  public var workerLiveness = 3
  /// How long a worker that is to leave may take to finish.
  public var workerDrainGraceMilliseconds = 30_000

  /// The shortest way of a message.
  public var latencyMicroseconds = 0
  /// What is added to that, at most.
  public var jitterMicroseconds = 1000
  /// Messages in a thousand that are very late, and all behind them on the same way.
  public var latePermille = 0
  /// Messages in a thousand that arrive a second time.
  public var duplicatePermille = 0
  /// Whether units for one destination share messages.
  public var joinsUnits = false
  /// Messages that the broker takes in before it acts.
  public var brokerBurst = 256

  /// The broker's limits.
  public var limits = Limits()
  /// The broker's times.
  public var timing = Timing()
  /// Whether a broker that is started anew knows the versions from before.
  public var remembersVersions = true
  /// Mean milliseconds between two strikes of each fault, by raw value; 0 for never.
  public var faultMilliseconds = [Int](repeating: 0, count: Fault.allCases.count)

  /// Draws all knobs from a seed.
  public init(seed: UInt64) {
    self.seed = seed
    var random = SplitMix64(seed: seed)
    self.drawSize(&random)
    self.drawRequests(&random)
    self.drawWorkers(&random)
    self.drawNetwork(&random)
    self.drawLimits(&random)
    self.drawFaults(&random)
    self.drawPatience(&random)
    self.drawRoutes(&random)
  }

  private mutating func drawSize(_ random: inout SplitMix64) {
    self.clients = random.within(1...8)
    self.requestsPerClient = random.withinMagnitudes(80...640) / (self.clients > 4 ? 2 : 1)
    self.versionsPerModel = random.within(1...2)
    self.versions = random.within(1...4)
    self.workers = self.versions + random.within(0...6)
    self.liars = random.percent(40) ? random.within(1...2) : 0
    self.stormMilliseconds = random.withinMagnitudes(3000...20_000)
  }

  private mutating func drawRequests(_ random: inout SplitMix64) {
    self.burst = random.withinMagnitudes(1...64)
    self.classWeights = random.percent(30) ? [1, 0, 0, 0] : (0..<4).map { _ in random.within(0...4) }
    self.timeoutWeights =
      random.percent(30) ? [1, 0, 0, 0, 0] : [random.within(0...8), 1, 1, random.within(0...4), random.within(0...8)]
    self.payloadBytes = random.withinMagnitudes(16...512)
    self.pinnedPercent = random.one(of: [0, 50, 90, 100])
    self.unknownPercent = random.one(of: [0, 0, 3])
    self.cancelPercent = random.one(of: [0, 0, 5, 30])
    self.rudePercent = random.one(of: [0, 0, 5])
    self.poisonPermille = random.one(of: [0, 0, 0, 5])
    self.clientOutstanding = random.percent(20) ? random.withinMagnitudes(2...64) : 4096
  }

  private mutating func drawWorkers(_ random: inout SplitMix64) {
    self.credit = random.withinMagnitudes(1...32)
    self.bulkCredit = random.within(1...4)
    self.noBulkPercent = random.one(of: [0, 0, 0, 30, 100])
    self.threads = random.within(1...3)
    // From an idle cluster to one that is asked for four times of what it can do.
    let requests = self.clients * self.requestsPerClient
    let share = self.stormMilliseconds * 1000 * self.workers * self.threads / requests
    self.serviceMicroseconds = min(max(share * random.withinMagnitudes(6...400) / 100, 50), 1_000_000)
    self.failPercent = random.one(of: [0, 2])
    self.handBackPercent = random.one(of: [0, 0, 2, 20, 90])
    self.loadFailPercent = random.one(of: [0, 0, 5])
    self.loadMilliseconds = random.withinMagnitudes(1...2000)
    self.workerHeartbeatMilliseconds = random.withinMagnitudes(100...1000)
    self.workerLiveness = random.within(2...4)
  }

  private mutating func drawNetwork(_ random: inout SplitMix64) {
    self.latencyMicroseconds = random.one(of: [0, 100, 2000])
    self.jitterMicroseconds = random.one(of: [0, 100, 3000, 20_000])
    self.latePermille = random.one(of: [0, 0, 1])
    self.duplicatePermille = random.one(of: [0, 0, 5])
    self.joinsUnits = random.percent(50)
    self.brokerBurst = random.percent(30) ? random.within(1...4) : 256
    self.timing.heartbeatMilliseconds = UInt32(random.withinMagnitudes(100...1000))
    self.timing.liveness = UInt8(random.within(2...4))
    self.timing.orphanGraceMilliseconds = UInt64(random.withinMagnitudes(50...5000))
    self.remembersVersions = random.percent(50)
  }

  private mutating func drawLimits(_ random: inout SplitMix64) {
    if random.percent(15) { self.limits.requests = random.withinMagnitudes(1...128) }
    if random.percent(15) { self.limits.queuedPerVersion = random.withinMagnitudes(1...64) }
    if random.percent(15) { self.limits.outstandingPerClient = random.withinMagnitudes(1...32) }
    if random.percent(15) { self.limits.heldBytes = random.withinMagnitudes(256...8192) }
    if random.percent(15) { self.limits.payloadBytes = random.within(1...self.payloadBytes) }
    if random.percent(15) { self.limits.workers = random.within(1...self.workers) }
    if random.percent(15) { self.limits.credit = random.within(1...4) }
    if random.percent(10) { self.limits.versions = random.within(1...self.versions) }
    if random.percent(30) { self.limits.maxAttempts = random.within(1...6) }
  }

  /// Some brokers wait for ever, the others for longer than any computation takes that nothing holds up.
  private mutating func drawPatience(_ random: inout SplitMix64) {
    let longest = 2 * self.serviceMicroseconds / 1000
    self.timing.batchLeaseMilliseconds =
      random.percent(20) ? 0 : UInt64(longest + random.withinMagnitudes(50...2000))
    self.limits.batchMaxAttempts = random.percent(30) ? random.within(1...4) : self.limits.batchMaxAttempts
    self.workerDrainGraceMilliseconds = random.withinMagnitudes(100...30_000)
  }

  /// Half of the worlds have routes, and change them often. Those have versions enough for them, and fewer requests
  /// that name theirs.
  private mutating func drawRoutes(_ random: inout SplitMix64) {
    self.isRouted = random.percent(50)
    guard self.isRouted else { return }
    self.versionsPerModel = random.within(2...4)
    self.versions = max(self.versions, self.versionsPerModel)
    self.workers = max(self.workers, self.versions)
    self.pinnedPercent = random.one(of: [0, 10, 50])
    self.keyPercent = random.one(of: [0, 60, 100])
    self.keys = random.withinMagnitudes(2...32)
    let changes = random.within(4...20)
    self.faultMilliseconds[Int(Fault.routeChange.rawValue)] = max(self.stormMilliseconds / changes, 1)
  }

  /// Each fault strikes in half of the worlds, and there a few times; one world in ten has none.
  private mutating func drawFaults(_ random: inout SplitMix64) {
    guard !random.percent(10) else { return }
    for fault in Fault.allCases where random.percent(fault.isSweeping ? 25 : 50) {
      let strikes = random.within(1...(fault.isSweeping ? 3 : 10))
      self.faultMilliseconds[Int(fault.rawValue)] = max(self.stormMilliseconds / strikes, 1)
    }
  }
}

extension Fault {
  /// Whether it makes the whole cluster begin anew.
  fileprivate var isSweeping: Bool {
    switch self {
    case .brokerCrash, .brokerRestart, .brokerFreeze, .clockJump: true
    default: false
    }
  }
}

extension Options: CustomStringConvertible {
  /// All knobs, a line each.
  public var description: String {
    let faults = Fault.allCases.filter { self.faultMilliseconds[Int($0.rawValue)] > 0 }
      .map { "\($0) every \(self.faultMilliseconds[Int($0.rawValue)]) ms" }
    return """
      seed \(self.seed)
        clients \(self.clients) x \(self.requestsPerClient) requests in \(self.stormMilliseconds) ms, \
      bursts of \(self.burst), at most \(self.clientOutstanding) outstanding
        classes \(self.classWeights), time-outs none/0/tiny/short/long \(self.timeoutWeights), \
      payloads to \(self.payloadBytes) bytes
        pinned \(self.pinnedPercent) %, unknown \(self.unknownPercent) %, cancelled \(self.cancelPercent) %, \
      rude \(self.rudePercent) %, poison \(self.poisonPermille) per thousand
        routes from the start \(self.isRouted), \(self.keyPercent) % of the requests with one of \(self.keys) keys
        workers \(self.workers) and \(self.liars) liars for \(self.versions) versions, \
      \(self.versionsPerModel) a model, \(self.threads) threads
        credit to \(self.credit), bulk to \(self.bulkCredit), none in \(self.noBulkPercent) %, \
      service \(self.serviceMicroseconds) us, load \(self.loadMilliseconds) ms
        failing \(self.failPercent) %, handed back \(self.handBackPercent) %, loads failing \(self.loadFailPercent) %
        heartbeats of workers \(self.workerHeartbeatMilliseconds) ms x \(self.workerLiveness), \
      of the broker \(self.timing.heartbeatMilliseconds) ms x \(self.timing.liveness), \
      grace \(self.timing.orphanGraceMilliseconds) ms, batch lease \(self.timing.batchLeaseMilliseconds) ms, \
      grace of workers \(self.workerDrainGraceMilliseconds) ms
        latency \(self.latencyMicroseconds) + \(self.jitterMicroseconds) us, late \(self.latePermille) and doubled \
      \(self.duplicatePermille) per thousand, joins units \(self.joinsUnits), burst of the broker \(self.brokerBurst)
        limits: requests \(self.limits.requests), queued \(self.limits.queuedPerVersion), of a client \
      \(self.limits.outstandingPerClient), held bytes \(self.limits.heldBytes), payload \(self.limits.payloadBytes), \
      workers \(self.limits.workers), credit \(self.limits.credit), versions \(self.limits.versions), \
      attempts \(self.limits.maxAttempts), of bulk requests \(self.limits.batchMaxAttempts)
        remembers versions \(self.remembersVersions)
        faults: \(faults.isEmpty ? "none" : faults.joined(separator: ", "))
      """
  }
}
