import BasicContainers
import QueueCore

/// A client session under a random caller, a random clock and a broker that is restarted, silent or sends damaged
/// bytes.
///
/// Every action is applied to a ledger that notes what may not be.
struct RandomClientStory: ~Copyable {
  private(set) var session: ClientSession
  private(set) var violations: [String] = []
  private(set) var ended: Set<RequestID> = []
  private(set) var payloadsGone: Set<PayloadRef> = []
  private(set) var payloadsMade = 0
  private(set) var begun = 0
  private(set) var log: [ClientSession.Action] = []

  private let limit: Int
  private var random: SplitMix64
  private var now = Instant(nanoseconds: 0)
  private var made: [RequestID] = []
  private var pings: [UInt64] = []
  private var instance: UInt64 = 1

  init(seed: UInt64) {
    self.random = SplitMix64(seed: seed)
    self.limit = Int.random(in: 1...50, using: &self.random)
    var options = ClientSession.Options()
    options.maxOutstanding = self.limit
    options.liveness = Int.random(in: 1...4, using: &self.random)
    self.session = ClientSession(options: options)
  }

  mutating func step() {
    var actions = ClientSession.Actions()
    switch Int.random(in: 0..<12, using: &self.random) {
    case 0...3: self.begin(&actions)
    case 4...6: self.deliverReply(&actions)
    case 7: self.deliverPong(&actions)
    case 8: if let id = self.made.randomElement(using: &self.random) { self.session.cancel(id, into: &actions) }
    case 9: self.instance += self.random.chance(oneIn: 4) ? 1 : 0
    default:
      let step = UInt64.random(in: 0...400, using: &self.random)
      self.now = self.now.advanced(byMilliseconds: self.random.chance(oneIn: 30) ? step * 50 : step)
      self.session.tick(at: self.now, into: &actions)
      if self.session.nextDeadline <= self.now { self.violations.append("a tick left something due") }
    }
    self.apply(actions)
  }

  mutating func close() {
    var actions = ClientSession.Actions()
    self.session.close(into: &actions)
    self.apply(actions)
  }

  private mutating func begin(_ actions: inout ClientSession.Actions) {
    let timeouts: [Int64] = [RequestHeader.noTimeout, 0, 100_000, 3_000_000, .max]
    let timeout = timeouts.randomElement(using: &self.random) ?? 0
    self.begun += 1
    if self.random.chance(oneIn: 5) {
      let payload = self.makePayload()
      self.made.append(
        self.session.call("status", payload: payload, timeoutMicroseconds: timeout, at: self.now, into: &actions))
    } else {
      let request = ClientSession.Request(
        model: "m", timeoutMicroseconds: timeout, parts: self.random.chance(oneIn: 20) ? 65 : 1,
        payload: self.makePayload())
      self.made.append(self.session.submit(request, at: self.now, into: &actions))
    }
  }

  private mutating func deliverReply(_ actions: inout ClientSession.Actions) {
    let id = self.made.suffix(self.limit).randomElement(using: &self.random) ?? RequestID(3)
    let status = StatusCode.allCases.randomElement(using: &self.random) ?? .ok
    let header = ReplyHeader(request: id, status: status, hasOrigin: self.random.chance(oneIn: 2), parts: 2)
    let bytes = self.damaged(header.encoded.array)
    self.session.received(
      header: bytes.span.bytes, parts: 2, payload: self.makePayload(), into: &actions)
  }

  private mutating func deliverPong(_ actions: inout ClientSession.Actions) {
    let nonce = self.pings.suffix(3).randomElement(using: &self.random) ?? 5
    let bytes = self.damaged(PingHeader(nonce: nonce, instance: self.instance).encoded.array)
    self.session.received(header: bytes.span.bytes, parts: 0, payload: .none, into: &actions)
  }

  /// Mostly as they are; else with a few bytes changed, or cut off.
  private mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    guard self.random.chance(oneIn: 4) else { return bytes }
    var bytes = bytes
    for _ in 0..<Int.random(in: 0...3, using: &self.random) {
      bytes[Int.random(in: 0..<bytes.count, using: &self.random)] = UInt8.random(in: 0...255, using: &self.random)
    }
    return self.random.chance(oneIn: 2)
      ? bytes : [UInt8](bytes.prefix(Int.random(in: 0...bytes.count, using: &self.random)))
  }

  private mutating func makePayload() -> PayloadRef {
    self.payloadsMade += 1
    return PayloadRef(UInt64(self.payloadsMade))
  }

  private mutating func apply(_ actions: borrowing ClientSession.Actions) {
    for index in 0..<actions.count {
      let action = actions[index]
      self.log.append(action)
      switch action {
      case .send(let id, _, let payload):
        if self.ended.contains(id) { self.violations.append("request \(id.rawValue) was sent after its end") }
        if payload != .none { self.spend(payload) }
      case .cancel(let id):
        if self.ended.contains(id) { self.violations.append("request \(id.rawValue) was cancelled after its end") }
      case .ping(let nonce): self.pings.append(nonce)
      case .complete(let id, let outcome):
        if !self.ended.insert(id).inserted { self.violations.append("request \(id.rawValue) ended twice") }
        if case .replied(_, let payload) = outcome { self.spend(payload) }
      case .release(let payload): self.spend(payload)
      }
    }
    if self.session.outstandingCount > self.limit { self.violations.append("more outstanding than allowed") }
  }

  private mutating func spend(_ payload: PayloadRef) {
    if !self.payloadsGone.insert(payload).inserted { self.violations.append("payload \(payload.rawValue) went twice") }
  }
}
