import QueueCore

/// Messages become events.
extension SimBroker {
  mutating func receive(_ packet: Network.Packet, in stage: inout Stage) {
    let peer = self.peer(packet.connection, in: &stage)
    var units = Units(packet.message)
    guard units.nextHeader != nil else {
      return self.damaged(peer, header: [], .truncated(field: "header", needed: 8, available: 0), packet, in: &stage)
    }
    while let header = units.nextHeader {
      do throws(WireError) {
        guard let unit = try units.next() else { return }
        if stage.network[packet.connection].owner.isClient {
          try self.receiveFromClient(peer, unit, in: &stage)
        } else {
          try self.receiveFromWorker(peer, unit, in: &stage)
        }
      } catch {
        // The borders of the units are lost with the header, so the rest of the message goes too.
        return self.damaged(peer, header: header, error, packet, in: &stage)
      }
    }
  }

  private mutating func damaged(
    _ peer: PeerID, header: [UInt8], _ error: WireError, _ packet: Network.Packet, in stage: inout Stage
  ) {
    guard stage.network[packet.connection].owner.isClient else {
      return self.step(.workerMisbehaved(peer: peer), in: &stage)
    }
    let request = RequestHeader.requestID(inDamaged: header.span.bytes) ?? RequestID(0)
    let detail = ErrorDetail(reason: "MALFORMED", message: error.description)
    self.answers.append(.failure(peer, request, .invalidArgument, detail))
  }

  // MARK: Clients

  private mutating func receiveFromClient(
    _ client: PeerID, _ unit: Unit, in stage: inout Stage
  ) throws(WireError) {
    let header = unit.header.span.bytes
    switch unit.prefix.command {
    case .request:
      let request = try RequestHeader(decoding: header)
      let submission = Submission(
        client: client, request: request.request,
        target: self.core.catalog.target(
          model: request.model.bytes(in: header), selector: request.selector.bytes(in: header)),
        requestClass: request.requestClass, contentType: request.contentType, parts: UInt8(request.parts),
        timeoutMicroseconds: request.timeoutMicroseconds, payload: self.store.keep(unit.parts),
        payloadBytes: unit.parts.reduce(0) { $0 + $1.count },
        routingKey: request.routingKey.count == 0 ? nil : RoutingKey(request.routingKey.bytes(in: header)))
      self.step(.requestReceived(submission), in: &stage)
    case .cancel:
      let cancel = try CancelHeader(decoding: header)
      self.step(.cancelReceived(client: client, request: cancel.request), in: &stage)
    case .control:
      let control = try ControlHeader(decoding: header)
      let detail = ErrorDetail(reason: "UNIMPLEMENTED", message: "no method \(control.method)")
      self.answers.append(.failure(client, control.request, .unimplemented, detail))
    case .ping:
      self.answers.append(.pong(client, nonce: try PingHeader(decoding: header).nonce))
    default:
      throw .unexpectedCommand(unit.prefix.command)
    }
  }

  // MARK: Workers

  private mutating func receiveFromWorker(
    _ worker: PeerID, _ unit: Unit, in stage: inout Stage
  ) throws(WireError) {
    let header = unit.header.span.bytes
    switch unit.prefix.command {
    case .join:
      self.joinReceived(worker, try JoinHeader(decoding: header), in: &stage)
    case .ready:
      self.readyReceived(worker, try ReadyHeader(decoding: header), in: &stage)
    case .result:
      let result = try ResultHeader(decoding: header)
      let late = self.core.counters.lateResults + self.core.counters.staleSessions
      self.step(.resultReceived(peer: worker, result: result, payload: self.store.keep(unit.parts)), in: &stage)
      stage.totals.lateResults += Int(self.core.counters.lateResults + self.core.counters.staleSessions - late)
    case .heartbeat:
      let heartbeat = try SessionHeader(decoding: header)
      let figures = try unit.parts.first.map { part throws(WireError) in try WorkerFigures(decoding: part.span.bytes) }
      self.step(
        .heartbeatReceived(peer: worker, session: heartbeat.session, progress: figures?.computeProgress), in: &stage)
    case .draining:
      self.step(
        .drainingReceived(peer: worker, session: try SessionHeader(decoding: header).session), in: &stage)
    case .goodbye:
      self.step(.goodbyeReceived(peer: worker, session: try SessionHeader(decoding: header).session), in: &stage)
    default:
      throw .unexpectedCommand(unit.prefix.command)
    }
  }

  private mutating func joinReceived(_ worker: PeerID, _ join: JoinHeader, in stage: inout Stage) {
    let now = self.clock.reading(at: stage.now)
    let version: VersionID
    do throws(VersionError) {
      version = try self.core.internVersion(model: join.model, version: join.version, at: now)
    } catch {
      let detail = ErrorDetail(reason: error.reason, message: error.message)
      self.answers.append(.refuseWorker(worker, DisconnectHeader(status: error.status, detail: detail)))
      return
    }
    self.step(
      .workerJoined(
        peer: worker, version: version, heartbeatMilliseconds: join.heartbeatMilliseconds, liveness: join.liveness),
      in: &stage)
    guard let session = self.core.session(of: worker) else { return }
    self.directory[session] = DirectoryEntry(join: join)
  }

  private mutating func readyReceived(_ worker: PeerID, _ ready: ReadyHeader, in stage: inout Stage) {
    self.step(
      .workerReady(peer: worker, session: ready.session, credit: ready.credit, bulkCredit: ready.bulkCredit),
      in: &stage)
    guard self.core.session(of: worker) == ready.session, let join = self.directory[ready.session]?.join else {
      return
    }
    let origin = Origin(model: join.model, version: join.version, digest: ready.digest, worker: join.name)
    self.directory[ready.session]?.origin = origin.encoded
  }
}
