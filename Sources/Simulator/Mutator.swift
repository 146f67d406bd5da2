import QueueCore

/// Makes a right broker a wrong one: changes what it is told, what it asks for, or how it looks.
///
/// The properties see what really came in and what really goes out, so to them the broker and its mutator are one.
struct Mutator {
  /// Who has a piece of work, as the broker sees it.
  private struct Holder {
    var peer: PeerID
    var session: SessionID
    var attempt: UInt8
    var isAbandoned = false
  }

  /// What a client had said about a request before it was changed.
  private struct Original {
    var requestClass: RequestClass
    var timeoutMicroseconds: Int64
  }

  let mutation: Mutation?
  private var random: SplitMix64
  private var holders: [WorkID: Holder] = [:]
  private var originals: [WorkID: Original] = [:]
  private var retried: Set<PayloadRef> = []

  init(_ mutation: Mutation?, seed: UInt64) {
    self.mutation = mutation
    self.random = SplitMix64(seed: seed)
  }

  func limits(_ limits: Limits) -> Limits {
    var limits = limits
    if self.mutation == .ignoreLimits { limits = Limits() }
    if self.mutation == .insistOnBulk { limits.batchMaxAttempts = max(limits.maxAttempts, limits.batchMaxAttempts) + 1 }
    return limits
  }

  func timing(_ timing: Timing) -> Timing {
    var timing = timing
    switch self.mutation {
    case .ignoreOrphans: timing.orphanGraceMilliseconds = 3_600_000
    case .ignoreStuck: timing.batchLeaseMilliseconds = 0
    case .dismissBusy: timing.batchLeaseMilliseconds /= 3
    default: break
    }
    return timing
  }

  // MARK: What the broker is told

  /// What the broker hears of an event; nil for nothing.
  mutating func heard(_ event: Event) -> Event? {
    switch (event, self.mutation) {
    case (.requestReceived(let submission), .extendDeadlines), (.requestReceived(let submission), .mixClasses),
      (.requestReceived(let submission), .starveLowerClass), (.requestReceived(let submission), .confuseVersions),
      (.requestReceived(let submission), .forgetKeys):
      return .requestReceived(self.changed(submission))
    case (.resultReceived(let peer, let result, let payload), .believeLateResults),
      (.resultReceived(let peer, let result, let payload), .believeStrangers),
      (.resultReceived(let peer, let result, let payload), .leakSlots):
      return self.changed(peer, result, payload)
    case (.workerReady(let peer, let session, let credit, let bulkCredit), .ignoreCredit):
      return .workerReady(
        peer: peer, session: session, credit: credit + 1, bulkCredit: bulkCredit == 0 ? 0 : bulkCredit + 1)
    case (.workerJoined(let peer, let version, let interval, _), .ignoreSilence):
      return .workerJoined(peer: peer, version: version, heartbeatMilliseconds: interval, liveness: .max)
    case (.turnEnded, .sleepOnWork):
      return self.random.percent(30) ? nil : event
    default:
      return event
    }
  }

  private mutating func changed(_ submission: Submission) -> Submission {
    var changed = submission
    let (upper, lower): (RequestClass, RequestClass) =
      submission.requestClass.lane == .interactive ? (.online, .shadow) : (.batch, .tuning)
    switch self.mutation {
    case .extendDeadlines:
      if submission.timeoutMicroseconds > 0 {
        let (later, overflow) = submission.timeoutMicroseconds.multipliedReportingOverflow(by: 4)
        changed.timeoutMicroseconds = overflow ? .max : later
      }
    case .mixClasses:
      changed.requestClass = upper
    case .starveLowerClass where submission.timeoutMicroseconds < 0:
      changed.requestClass = upper
      if submission.requestClass != lower { changed.timeoutMicroseconds = 3_600_000_000 }
    case .confuseVersions:
      if case .version(let version) = submission.target, version.rawValue > 0 {
        changed.target = .version(VersionID(version.rawValue - 1))
      }
    case .forgetKeys:
      changed.routingKey = nil
      changed.identity = RoutingKey(number: self.random.next())
    default:
      break
    }
    return changed
  }

  /// The table that the broker is given in place of this one.
  func routes(_ table: RouteTable) -> RouteTable {
    switch self.mutation {
    case .ignoreWeights, .reshuffleKeys, .ignoreFallback: break
    default: return table
    }
    var entries: [String: RouteTable.Entry] = [:]
    for model in table.models {
      let entry = table[model]
      let route = entry.route.flatMap { self.changed($0, model, epoch: entry.epoch) }
      entries[model] = RouteTable.Entry(route: route, epoch: entry.epoch, aliases: entry.aliases)
    }
    return RouteTable(entries)
  }

  private func changed(_ route: Route, _ model: String, epoch: UInt32) -> Route? {
    var settings = route.settings
    switch self.mutation {
    case .ignoreWeights:
      let first = settings.variants.firstIndex { $0.weight > Weight(0) }
      for index in settings.variants.indices where index != first { settings.variants[index].weight = Weight(0) }
      return try? Route(settings, model: model)
    case .reshuffleKeys:
      return try? Route(settings, model: "\(model)-\(epoch)")
    default:
      settings.hasFallback = false
      return try? Route(settings, model: model)
    }
  }

  /// The broker took a request on under this name; what it was not told of is restored on its way out.
  mutating func accepted(_ work: WorkID, _ submission: Submission) {
    guard self.mutation != nil else { return }
    self.originals[work] = Original(
      requestClass: submission.requestClass, timeoutMicroseconds: submission.timeoutMicroseconds)
  }

  private mutating func changed(_ peer: PeerID, _ result: ResultHeader, _ payload: PayloadRef) -> Event {
    var result = result
    var peer = peer
    if let holder = self.holders[result.work] {
      let isLate = result.attempt < holder.attempt
      let isStranger = result.attempt == holder.attempt && peer != holder.peer
      if self.mutation == .believeLateResults && isLate || self.mutation == .believeStrangers && isStranger {
        result.attempt = holder.attempt
        result.session = holder.session
        peer = holder.peer
      } else if self.mutation == .leakSlots, holder.isAbandoned, peer == holder.peer {
        result.work = WorkID(0)
      }
    }
    return .resultReceived(peer: peer, result: result, payload: payload)
  }

  // MARK: What the broker asks for

  /// What the broker seems to ask for, given what it does; `session` tells a member's session.
  mutating func asked(_ actions: [Action], session: (PeerID) -> SessionID?) -> [Action] {
    for action in actions { self.note(action, session) }
    switch self.mutation {
    case .swapOrder: return self.swapped(actions)
    case .releaseBeforeReply: return Self.releasedFirst(actions)
    default: return actions.flatMap { self.changed($0) }
    }
  }

  private mutating func note(_ action: Action, _ session: (PeerID) -> SessionID?) {
    switch action {
    case .dispatch(let peer, let work, let payload):
      guard let session = session(peer) else { return }
      self.holders[work.work] = Holder(peer: peer, session: session, attempt: work.attempt)
      if work.attempt > 1 { self.retried.insert(payload) }
    case .cancelWork(_, let work, _):
      self.holders[work]?.isAbandoned = true
    default:
      break
    }
  }

  private mutating func changed(_ action: Action) -> [Action] {
    switch (action, self.mutation) {
    case (.reply, .swallowReply): return self.random.percent(10) ? [] : [action]
    case (.reply, .doubleReply): return self.random.percent(10) ? [action, action] : [action]
    case (.release, .doubleRelease): return self.random.percent(5) ? [action, action] : [action]
    case (.release, .skipRelease): return self.random.percent(5) ? [] : [action]
    case (.release(let payload), .forgetReleaseAfterLoss): return self.retried.contains(payload) ? [] : [action]
    case (.dispatch(_, let work, _), .dropRetry): return work.attempt > 1 ? [] : [action]
    case (.dispatch(let peer, let work, let payload), .mixClasses),
      (.dispatch(let peer, let work, let payload), .starveLowerClass):
      return [.dispatch(worker: peer, work: self.restored(work), payload: payload)]
    case (.dispatch(let peer, var work, let payload), .copyLoudly):
      if self.originals[work.work] == nil { work.requestClass = .online }
      return [.dispatch(worker: peer, work: work, payload: payload)]
    case (.outcome(let outcome, _), .swallowOutcome):
      return outcome.side == .primary && self.random.percent(20) ? [] : [action]
    case (.cancelWork, .forgetCancels): return []
    case (.reply(let client, var reply, let payload), .distortReplies):
      reply.status = reply.status == .ok ? .unknown : .ok
      return [.reply(client: client, reply: reply, payload: payload)]
    case (.reply(let client, var reply, let payload), .staleEpochs):
      if reply.epoch > 0 { reply.epoch -= 1 }
      return [.reply(client: client, reply: reply, payload: payload)]
    case (.reply(let client, var reply, let payload), .repeatNumbers):
      reply.number /= 4
      return [.reply(client: client, reply: reply, payload: payload)]
    case (.heartbeat(let peer, _), .dismissHonest):
      return self.random.percent(5) ? [.disconnect(worker: peer, reason: .misbehaved)] : [action]
    case (.refuse(let client, let request, .cancelled, let attempts), .refuseFalsely):
      let refusal = Refusal.poisoned(SessionID(1), SessionID(0), SessionID(0))
      return [.refuse(client: client, request: request, refusal: refusal, attempts: attempts)]
    case (.refuse(let client, let request, .clientFull, let attempts), .exaggerate):
      let refusal = Refusal.deadlineUnreachable(VersionID(0), estimatedMicroseconds: .max)
      return [.refuse(client: client, request: request, refusal: refusal, attempts: attempts)]
    default: return [action]
    }
  }

  private func restored(_ work: WorkHeader) -> WorkHeader {
    var work = work
    guard let original = self.originals[work.work] else { return work }
    work.requestClass = original.requestClass
    if original.timeoutMicroseconds < 0 { work.remainingMicroseconds = RequestHeader.noTimeout }
    return work
  }

  private func swapped(_ actions: [Action]) -> [Action] {
    var swapped = actions
    for index in swapped.indices.dropFirst() {
      if case .dispatch = swapped[index - 1], case .dispatch = swapped[index] {
        swapped.swapAt(index - 1, index)
        return swapped
      }
    }
    return swapped
  }

  private static func releasedFirst(_ actions: [Action]) -> [Action] {
    var changed: [Action] = []
    var released: Set<PayloadRef> = []
    for action in actions {
      switch action {
      case .reply(_, _, let payload) where payload != .none:
        changed += [.release(payload), action]
        released.insert(payload)
      case .release(let payload) where released.contains(payload):
        break
      default:
        changed.append(action)
      }
    }
    return changed
  }

  // MARK: How the broker looks

  func looked(_ look: BrokerLook) -> BrokerLook {
    var look = look
    switch self.mutation {
    case .oversleep: look.nextDeadline = .distantFuture
    case .sleepOnWork: look.nextDeadline = max(look.nextDeadline, look.now.advanced(byMilliseconds: 1))
    case .miscount: look.counters.replied -= look.counters.replied % 10 == 9 ? 1 : 0
    case .wakeAlways: look.nextDeadline = .zero
    default: break
    }
    return look
  }
}
