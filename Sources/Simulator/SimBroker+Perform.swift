import BasicContainers
import QueueCore

/// Actions become messages, one case an action, in the order of `Action`.
extension SimBroker {
  /// Performs the turn's actions, those that a failed send brings about among them, and sends the answers.
  mutating func perform(in stage: inout Stage) {
    var index = 0
    while true {
      while index < self.actions.count {
        let action = self.actions[index]
        index += 1
        self.perform(action, in: &stage)
      }
      // A failed send may bring about more, and so may an answer.
      self.flush(in: &stage)
      guard index == self.actions.count else { continue }
      if self.answers.isEmpty { break }
      let answers = self.answers
      self.answers.removeAll(keepingCapacity: true)
      for answer in answers { self.send(answer, in: &stage) }
    }
    self.actions.removeAll(keepingCapacity: true)
  }

  private mutating func perform(_ action: Action, in stage: inout Stage) {
    switch action {
    case .reply(let client, let reply, let payload):
      self.sendReply(reply, payload, to: client, in: &stage)
    case .refuse(let client, let request, let refusal, let attempts):
      self.sendRefusal(refusal, request, attempts: attempts, to: client, in: &stage)
    case .dispatch(let worker, let work, let payload):
      self.send([work.encoded.array] + self.parts(of: payload, in: &stage), to: .worker(worker), in: &stage)
    case .cancelWork(let worker, let work, let attempt):
      self.send([CancelWorkHeader(work: work, attempt: attempt).encoded.array], to: .worker(worker), in: &stage)
    case .release(let payload):
      if !self.store.release(payload) {
        stage.observe(.payloadMisused("the broker releases payload \(payload.rawValue), which it does not have"))
      }
    case .welcome(let worker, let session):
      let timing = self.core.timing
      let header = WelcomeHeader(
        session: session, heartbeatMilliseconds: timing.heartbeatMilliseconds, liveness: timing.liveness)
      self.send([header.encoded.array], to: .worker(worker), in: &stage)
    case .heartbeat(let worker, let session):
      self.send([SessionHeader(.brokerHeartbeat, session: session).encoded.array], to: .worker(worker), in: &stage)
    case .drain(let worker, let session):
      self.send([SessionHeader(.drain, session: session).encoded.array], to: .worker(worker), in: &stage)
    case .disconnect(let worker, let reason):
      let detail = ErrorDetail(reason: reason.reason, message: reason.message)
      self.send([DisconnectHeader(status: reason.status, detail: detail).encoded], to: .worker(worker), in: &stage)
    case .outcome(_, let payload):
      _ = self.parts(of: payload, in: &stage)
    case .note, .forget:
      break
    }
  }

  // MARK: To clients

  private mutating func sendReply(
    _ reply: WorkerReply, _ payload: PayloadRef, to client: PeerID, in stage: inout Stage
  ) {
    let origin = self.directory[reply.session]?.origin
    let header = ReplyHeader(
      request: reply.request, status: reply.status, contentType: reply.contentType, attempts: reply.attempts,
      hasOrigin: origin != nil, parts: Int(reply.parts) + (origin == nil ? 0 : 1),
      queueMicroseconds: reply.queueMicroseconds, computeMicroseconds: reply.computeMicroseconds,
      number: reply.number)
    let parts = (origin.map { [$0] } ?? []) + self.parts(of: payload, in: &stage)
    self.send([header.encoded.array] + parts, to: .client(client), in: &stage)
  }

  private mutating func sendRefusal(
    _ refusal: Refusal, _ request: RequestID, attempts: UInt8, to client: PeerID, in stage: inout Stage
  ) {
    let directory = self.directory
    let message = refusal.message(
      model: "", selector: "", catalog: self.core.catalog, worker: { directory[$0]?.join.name ?? "?" })
    let header = ReplyHeader(
      request: request, status: refusal.status, attempts: attempts, parts: 1,
      retryAfterMilliseconds: refusal.retryAfterMilliseconds)
    let detail = ErrorDetail(reason: refusal.reason, message: message)
    self.send([header.encoded.array, detail.encoded], to: .client(client), in: &stage)
  }

  private mutating func send(_ answer: Answer, in stage: inout Stage) {
    switch answer {
    case .pong(let client, let nonce):
      let header = PingHeader(nonce: nonce, instance: self.instance(for: client))
      self.send([header.encoded.array], to: .client(client), in: &stage)
    case .failure(let client, let request, let status, let detail):
      let header = ReplyHeader(request: request, status: status, parts: 1)
      self.send([header.encoded.array, detail.encoded], to: .client(client), in: &stage)
    case .refuseWorker(let worker, let header):
      self.send([header.encoded], to: .worker(worker), in: &stage)
    }
  }

  /// Differs by connection as well as by life: a client whose connection was made anew has lost what it asked for too.
  private func instance(for client: PeerID) -> UInt64 {
    (self.instance &+ client.rawValue &* 0x9E37_79B9_7F4A_7C15) | 1
  }

  // MARK: Sending

  private func parts(of payload: PayloadRef, in stage: inout Stage) -> Message {
    if let parts = self.store.parts(of: payload) { return parts }
    stage.observe(.payloadMisused("the broker sends payload \(payload.rawValue), which it does not have"))
    return []
  }

  private mutating func send(_ unit: Message, to destination: Destination, in stage: inout Stage) {
    if stage.options.joinsUnits, self.outgoing?.destination == destination {
      self.outgoing?.message += unit
      return
    }
    self.flush(in: &stage)
    self.outgoing = (destination, unit)
    if !stage.options.joinsUnits { self.flush(in: &stage) }
  }

  private mutating func flush(in stage: inout Stage) {
    guard let outgoing = self.outgoing.take() else { return }
    guard !stage.sendToPeer(outgoing.message, over: self.connection(outgoing.destination)) else { return }
    switch outgoing.destination {
    case .client(let client): self.step(.clientUnreachable(client), in: &stage)
    case .worker(let worker): self.step(.workerUnreachable(worker), in: &stage)
    }
  }
}
