import QueueCore
import ZeroMQ

extension BrokerLoop {
  /// One message of a worker: its routing id, then units.
  mutating func workerMessageReceived(_ message: ReceivedMessage) {
    let worker = self.peer(message.first, on: .backend)
    var rest = self.arena.releaseFirst(message.first)
    if message.tooManyParts || rest == nil {
      if let rest { self.arena.release(rest) }
      self.workerMisbehaved(worker)
      return
    }
    while let header = rest {
      do throws(WireError) {
        rest = try self.workerUnitReceived(worker, header: header)
      } catch {
        self.arena.release(header)
        self.workerMisbehaved(worker)
        return
      }
    }
  }

  /// One unit: taken in, and what follows it returned. If it throws, the header and all behind it is left.
  private mutating func workerUnitReceived(_ worker: PeerID, header: PartRef) throws(WireError) -> PartRef? {
    let prefix = try Prefix(decoding: self.arena.bytes(of: header))
    switch prefix.command {
    case .result:
      let result = try ResultHeader(decoding: self.arena.bytes(of: header))
      let unit = try self.cutUnit(header, parts: result.parts)
      self.arena.release(header)
      self.core.step(
        .resultReceived(peer: worker, result: result, payload: PayloadRef(unit.payload)), at: self.now,
        into: &self.actions)
      return unit.rest
    case .heartbeat:
      let heartbeat = try SessionHeader(decoding: self.arena.bytes(of: header))
      let unit = try self.cutUnit(header, parts: heartbeat.parts)
      let figures = try self.figures(in: unit)
      self.heartbeatReceived(worker, heartbeat, figures: figures)
      self.arena.release(header)
      return unit.rest
    case .join:
      try self.joinReceived(worker, JoinHeader(decoding: self.arena.bytes(of: header)))
    case .ready:
      let ready = try ReadyHeader(decoding: self.arena.bytes(of: header))
      let unit = try self.cutUnit(header, parts: Int(prefix.parts))
      self.readyReceived(worker, ready, payload: unit.payload)
      if let payload = unit.payload { self.arena.release(payload) }
      self.arena.release(header)
      return unit.rest
    case .draining:
      let draining = try SessionHeader(decoding: self.arena.bytes(of: header))
      self.core.step(
        .drainingReceived(peer: worker, session: draining.session), at: self.now, into: &self.actions)
    case .goodbye:
      let goodbye = try SessionHeader(decoding: self.arena.bytes(of: header))
      self.core.step(.goodbyeReceived(peer: worker, session: goodbye.session), at: self.now, into: &self.actions)
    default:
      throw .unexpectedCommand(prefix.command)
    }
    return try self.dropUnit(header, parts: Int(prefix.parts))
  }

  private mutating func joinReceived(_ worker: PeerID, _ join: JoinHeader) throws(WireError) {
    if join.wantsArtifact, self.artifacts[join.model, join.version] == nil {
      let known = self.artifacts.versions(of: join.model)
      return self.answers.append(
        .refuseWorker(worker, .notRegistered(model: join.model, version: join.version, known: known)))
    }
    let version: VersionID
    do throws(VersionError) {
      version = try self.core.internVersion(model: join.model, version: join.version, at: self.now)
    } catch {
      let detail = ErrorDetail(reason: error.reason, message: error.message)
      self.answers.append(.refuseWorker(worker, DisconnectHeader(status: error.status, detail: detail)))
      return
    }
    self.core.step(
      .workerJoined(
        peer: worker, version: version, heartbeatMilliseconds: join.heartbeatMilliseconds, liveness: join.liveness),
      at: self.now, into: &self.actions)
    guard let session = self.core.session(of: worker) else { return }
    self.directory.joined(session, join, version: version)
  }

  private mutating func readyReceived(_ worker: PeerID, _ ready: ReadyHeader, payload: PartRef?) {
    if let rejection = self.rejection(of: worker, ready) {
      self.core.step(.workerRejected(peer: worker), at: self.now, into: &self.actions)
      self.rejections[worker] = rejection
      return self.report(.workerRejected(rejection))
    }
    self.core.step(
      .workerReady(
        peer: worker, session: ready.session, credit: ready.credit, bulkCredit: ready.bulkCredit),
      at: self.now, into: &self.actions)
    guard self.core.session(of: worker) == ready.session,
      let entry = self.directory.becameReady(ready.session, ready)
    else { return }
    let names = self.core.catalog.names(of: entry.version)
    let signature = payload.map { self.arena.bytes(of: $0).withUnsafeBytes { Array($0) } } ?? []
    self.report(
      .versionReady(
        model: names.model, version: names.version, digest: ready.digest, signature: signature))
  }

  /// What is wrong with the artifact that a member announces; nil if it may serve.
  private func rejection(of worker: PeerID, _ ready: ReadyHeader) -> WorkerRejection? {
    guard self.core.session(of: worker) == ready.session, let entry = self.directory[ready.session] else { return nil }
    let names = self.core.catalog.names(of: entry.version)
    guard let artifact = self.artifacts[names.model, names.version], artifact.digest != ready.digest else { return nil }
    return WorkerRejection(
      model: names.model, version: names.version, worker: entry.name, digest: ready.digest,
      registered: artifact.digest)
  }

  /// Reads a heartbeat's payload and lets it go; nil if there is none. If it throws, only the header is left.
  private mutating func figures(in unit: Unit) throws(WireError) -> WorkerFigures? {
    guard let payload = unit.payload else { return nil }
    defer { self.arena.release(payload) }
    do throws(WireError) {
      return try WorkerFigures(decoding: self.arena.bytes(of: payload))
    } catch {
      if let rest = unit.rest { self.arena.release(rest) }
      throw error
    }
  }

  private mutating func heartbeatReceived(_ worker: PeerID, _ heartbeat: SessionHeader, figures: WorkerFigures?) {
    self.core.step(
      .heartbeatReceived(peer: worker, session: heartbeat.session, progress: figures?.computeProgress), at: self.now,
      into: &self.actions)
    guard let figures, self.core.session(of: worker) == heartbeat.session,
      let entry = self.directory[heartbeat.session]
    else { return }
    self.figures.update(heartbeat.session, version: entry.version, figures: figures)
  }

  private mutating func workerMisbehaved(_ worker: PeerID) {
    self.counters.malformed += 1
    self.core.step(.workerMisbehaved(peer: worker), at: self.now, into: &self.actions)
  }

  /// The origin part of a worker's replies to requests taken on under this epoch; nil if there is none.
  ///
  /// Made with the first such reply and kept: a worker's replies share it until the model's route changes.
  mutating func origin(of session: SessionID, epoch: UInt32) -> PartRef? {
    if let known = self.directory.origin(of: session, epoch: epoch) { return known }
    guard let entry = self.directory[session], let ready = entry.ready else { return nil }
    let names = self.core.catalog.names(of: entry.version)
    let origin = Origin(
      model: names.model, version: names.version, digest: ready.digest, worker: entry.name, epoch: epoch,
      instance: self.instance)
    guard let part = self.keep(origin.encoded) else { return nil }
    if let outdated = self.directory.addOrigin(part, epoch: epoch, of: session) { self.arena.release(outdated) }
    return part
  }

  /// A part of our own, sent many times; nil if there is no room, and replies go without it then.
  mutating func keep(_ bytes: [UInt8]) -> PartRef? {
    do {
      return try self.arena.store(bytes.span.bytes)
    } catch {
      return nil
    }
  }
}
