import BasicContainers
import QueueCore
import ZeroMQ

/// What the core asks for, done: messages first, grouped by peer, then what they leave behind.
extension BrokerLoop {
  /// Units that share a message at most, and the bytes of content after which a message is closed.
  private static let unitsPerMessage = 64
  private static let bytesPerMessage = 64 << 10

  /// Performs this turn's actions, those that a failed send brings about among them, and sends the answers.
  mutating func perform() throws(ZMQError) {
    repeat {
      swap(&self.actions, &self.performing)
      for index in 0..<self.performing.count { self.sort(index) }
      for peer in self.toWorkers.peers { try self.sendAll(to: peer, on: .backend) }
      for peer in self.toClients.peers { try self.sendAll(to: peer, on: .frontend) }
      self.toWorkers.removeAll()
      self.toClients.removeAll()
      for index in 0..<self.performing.count { self.finish(self.performing[index]) }
      self.performing.removeAll(keepingCapacity: true)
      try self.sendAnswers()
      // A failed send brings about work for the core, and that more to do.
    } while !self.actions.isEmpty
    self.unknownNames.removeAll(keepingCapacity: true)
    if !self.rejections.isEmpty { self.rejections.removeAll() }
  }

  /// Puts an action into the list of the peer it is for.
  private mutating func sort(_ index: Int) {
    switch self.performing[index] {
    case .reply(let client, _, _), .refuse(let client, _, _, _):
      self.toClients.add(index, to: client)
    case .dispatch(let worker, _, _), .cancelWork(let worker, _, _), .welcome(let worker, _),
      .heartbeat(let worker, _), .drain(let worker, _), .disconnect(let worker, _):
      self.toWorkers.add(index, to: worker)
    case .outcome(let outcome, let payload):
      // Before the reply takes the parts along.
      self.keep(outcome, payload: payload)
    case .forget(let comparison):
      self.comparisons[comparison] = nil
    case .release, .note:
      break
    }
  }

  /// Does what is to be done once the messages are on their way.
  private mutating func finish(_ action: Action) {
    switch action {
    case .release(let payload):
      if let chain = payload.chain { self.arena.release(chain) }
    case .note(let note):
      self.tell(note)
    case .reply, .refuse, .dispatch, .cancelWork, .welcome, .heartbeat, .drain, .disconnect, .outcome, .forget:
      break
    }
  }

  // MARK: Messages

  /// Sends a peer all that is for it, in as few messages as the bounds allow.
  private mutating func sendAll(to peer: PeerID, on side: Side) throws(ZMQError) {
    var next = side == .frontend ? self.toClients.first(of: peer) : self.toWorkers.first(of: peer)
    while let first = next {
      guard try self.begin(peer, on: side) else { return }
      var units = 0
      var bytes = 0
      var current: Int? = first
      while let index = current {
        next = side == .frontend ? self.toClients.next(after: index) : self.toWorkers.next(after: index)
        units += 1
        bytes += self.contentBytes(of: self.performing[index])
        let closes = next == nil || units == Self.unitsPerMessage || bytes >= Self.bytesPerMessage
        try self.sendUnit(self.performing[index], more: !closes)
        current = closes ? nil : next
      }
    }
  }

  /// Sends the routing id. False, and the core told, if the peer is not there to take anything.
  func routingID(of peer: PeerID, on side: Side) -> RoutingID? {
    side == .frontend ? self.clients.routingID(of: peer) : self.workers.routingID(of: peer)
  }

  private mutating func begin(_ peer: PeerID, on side: Side) throws(ZMQError) -> Bool {
    let routingID = self.routingID(of: peer, on: side)
    switch side {
    case .frontend:
      let result = try routingID?.send(to: self.frontend) ?? .unreachable
      if result == .sent { return true }
      if result == .wouldBlock { self.counters.clientsNotReading += 1 }
      self.counters.repliesUndeliverable += 1
      self.core.step(.clientUnreachable(peer), at: self.now, into: &self.actions)
    case .backend:
      if try routingID?.send(to: self.backend) == .sent { return true }
      self.counters.workersUnreachable += 1
      self.core.step(.workerUnreachable(peer), at: self.now, into: &self.actions)
    }
    return false
  }

  private func contentBytes(of action: Action) -> Int {
    switch action {
    case .reply(_, _, let payload), .dispatch(_, _, let payload): self.byteCount(of: payload.chain)
    default: 0
    }
  }

  private mutating func sendUnit(_ action: Action, more: Bool) throws(ZMQError) {
    switch action {
    case .reply(_, let reply, let payload):
      try self.sendReply(reply, payload: payload, more: more)
    case .refuse(let client, let request, let refusal, let attempts):
      try self.sendRefusal(refusal, request, attempts: attempts, to: client, more: more)
    case .dispatch(_, let work, let payload):
      try self.proceed(self.backend.send(work.encoded.bytes, more: more || payload != .none))
      // Shared, not moved: if the worker is lost, the payload goes to another one.
      if let chain = payload.chain { try self.share(chain, more: more) }
    case .cancelWork(_, let work, let attempt):
      try self.proceed(self.backend.send(CancelWorkHeader(work: work, attempt: attempt).encoded.bytes, more: more))
    case .welcome(_, let session):
      try self.sendWelcome(session, more: more)
    case .heartbeat(_, let session):
      try self.proceed(
        self.backend.send(SessionHeader(.brokerHeartbeat, session: session).encoded.bytes, more: more))
    case .drain(_, let session):
      try self.proceed(self.backend.send(SessionHeader(.drain, session: session).encoded.bytes, more: more))
    case .disconnect(let worker, let reason):
      let rejection = reason == .digestMismatch ? self.rejections[worker] : nil
      let header = DisconnectHeader(
        status: reason.status,
        detail: ErrorDetail(reason: reason.reason, message: rejection?.message ?? reason.message))
      try self.proceed(self.backend.send(header.encoded.span.bytes, more: more))
    case .release, .note, .outcome, .forget:
      preconditionFailure("Cannot send \(action) when it is for nobody")
    }
  }

  private mutating func sendWelcome(_ session: SessionID, more: Bool) throws(ZMQError) {
    let timing = self.core.timing
    var artifact: Artifact?
    if let entry = self.directory[session], entry.wantsArtifact {
      let names = self.core.catalog.names(of: entry.version)
      artifact = self.artifacts[names.model, names.version]
    }
    let welcome = WelcomeHeader(
      session: session, heartbeatMilliseconds: timing.heartbeatMilliseconds, liveness: timing.liveness,
      parts: artifact == nil ? 0 : 1)
    try self.proceed(self.backend.send(welcome.encoded.bytes, more: more || artifact != nil))
    if let artifact { try self.proceed(self.backend.send(artifact.encoded.span.bytes, more: more)) }
  }

  private mutating func sendReply(
    _ reply: WorkerReply, payload: PayloadRef, more: Bool
  ) throws(ZMQError) {
    if !self.observed.isEmpty { self.observe(reply, payload: payload) }
    if !self.captured.isEmpty { self.capture(reply, output: payload) }
    let origin = self.origin(of: reply.session, epoch: reply.epoch)
    let header = ReplyHeader(
      request: reply.request, status: reply.status, contentType: reply.contentType, attempts: reply.attempts,
      hasOrigin: origin != nil, parts: Int(reply.parts) + (origin == nil ? 0 : 1),
      queueMicroseconds: reply.queueMicroseconds, computeMicroseconds: reply.computeMicroseconds,
      number: reply.number)
    let content = payload.chain
    try self.proceed(self.frontend.send(header.encoded.bytes, more: more || header.parts > 0))
    if let origin {
      try self.proceed(self.arena.sendCopy(origin, to: self.frontend, more: more || content != nil))
    }
    if let content { try self.move(content, more: more) }
  }

  /// Sends a client's content by moving it out of the arena.
  private mutating func move(_ chain: PartRef, more: Bool) throws(ZMQError) {
    var part: PartRef? = chain
    while let current = part {
      part = self.arena.next(after: current)
      try self.proceed(self.arena.send(current, to: self.frontend, more: more || part != nil))
    }
  }

  /// Sends a worker's content and keeps it.
  private mutating func share(_ chain: PartRef, more: Bool) throws(ZMQError) {
    var part: PartRef? = chain
    while let current = part {
      part = self.arena.next(after: current)
      try self.proceed(self.arena.sendCopy(current, to: self.backend, more: more || part != nil))
    }
  }

  /// Nothing but a peer that goes away can stop a message whose first part was taken; it is counted.
  mutating func proceed(_ result: SendResult) {
    if result != .sent { self.counters.sendsCutShort += 1 }
  }

  // MARK: Answers that are no actions

  private mutating func sendAnswers() throws(ZMQError) {
    for index in self.answers.indices {
      switch self.answers[index] {
      case .pong(let client, let nonce):
        guard try self.begin(client, on: .frontend) else { continue }
        try self.proceed(self.frontend.send(PingHeader(nonce: nonce, instance: self.instance).encoded.bytes))
      case .failure(let client, let request, let status, let detail):
        guard try self.begin(client, on: .frontend) else { continue }
        let header = ReplyHeader(request: request, status: status, parts: 1)
        try self.proceed(self.frontend.send(header.encoded.bytes, more: true))
        try self.proceed(self.frontend.send(detail.encoded.span.bytes))
      case .success(let client, let request, let body):
        guard try self.begin(client, on: .frontend) else { continue }
        let header = ReplyHeader(request: request, status: .ok, contentType: .json, parts: 1)
        try self.proceed(self.frontend.send(header.encoded.bytes, more: true))
        try self.proceed(self.frontend.send(body.span.bytes))
      case .refuseWorker(let worker, let disconnect):
        guard try self.begin(worker, on: .backend) else { continue }
        try self.proceed(self.backend.send(disconnect.encoded.span.bytes))
      }
    }
    self.answers.removeAll(keepingCapacity: true)
  }
}
