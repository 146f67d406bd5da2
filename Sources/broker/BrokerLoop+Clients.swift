import QueueCore
import ZeroMQ

extension BrokerLoop {
  /// One message of a client: its routing id, then units.
  mutating func clientMessageReceived(_ message: ReceivedMessage) {
    let client = self.peer(message.first, on: .frontend)
    let identity = RoutingID.identity(self.arena.bytes(of: message.first))
    var rest = self.arena.releaseFirst(message.first)
    if message.tooManyParts || rest == nil {
      if let rest { self.arena.release(rest) }
      self.refuseMalformed(client, RequestID(0), .tooManyParts(limit: Self.maximumParts))
      return
    }
    while let header = rest {
      do throws(WireError) {
        rest = try self.clientUnitReceived(client, identity, header: header)
      } catch {
        let request = RequestHeader.requestID(inDamaged: self.arena.bytes(of: header))
        self.refuseMalformed(client, request ?? RequestID(0), error)
        rest = self.dropDamagedUnit(header)
      }
    }
  }

  /// Who is at the other end of a connection, by the first part of what came over it.
  mutating func peer(_ routingID: PartRef, on side: Side) -> PeerID {
    let known =
      switch side {
      case .frontend: self.clients.peer(self.arena.bytes(of: routingID))
      case .backend: self.workers.peer(self.arena.bytes(of: routingID))
      }
    if let known { return known }
    let name = self.arena.bytes(of: routingID).withUnsafeBytes { Array($0) }
    return side == .frontend ? self.clients.add(name) : self.workers.add(name)
  }

  /// One unit: taken in, and what follows it returned. If it throws, the header and all behind it is left.
  private mutating func clientUnitReceived(
    _ client: PeerID, _ identity: RoutingKey, header: PartRef
  ) throws(WireError) -> PartRef? {
    let prefix = try Prefix(decoding: self.arena.bytes(of: header))
    switch prefix.command {
    case .request:
      let request = try RequestHeader(decoding: self.arena.bytes(of: header))
      let unit = try self.cutUnit(header, parts: request.parts)
      self.requestReceived(client, identity, request, header: header, payload: unit.payload)
      self.arena.release(header)
      return unit.rest
    case .cancel:
      let cancel = try CancelHeader(decoding: self.arena.bytes(of: header))
      self.core.step(.cancelReceived(client: client, request: cancel.request), at: self.now, into: &self.actions)
    case .control:
      let control = try ControlHeader(decoding: self.arena.bytes(of: header))
      let unit = try self.cutUnit(header, parts: control.parts)
      self.controlReceived(client, control, payload: unit.payload)
      self.arena.release(header)
      return unit.rest
    case .ping:
      let ping = try PingHeader(decoding: self.arena.bytes(of: header))
      self.answers.append(.pong(client, nonce: ping.nonce))
    default:
      throw .unexpectedCommand(prefix.command)
    }
    return try self.dropUnit(header, parts: Int(prefix.parts))
  }

  private mutating func requestReceived(
    _ client: PeerID, _ identity: RoutingKey, _ request: RequestHeader, header: PartRef, payload: PartRef?
  ) {
    let target = self.core.catalog.target(
      model: request.model.bytes(in: self.arena.bytes(of: header)),
      selector: request.selector.bytes(in: self.arena.bytes(of: header)))
    switch target {
    case .unknownModel, .unknownVersion:
      self.unknownNames.append(
        UnknownName(
          client: client, request: request.request, model: self.text(request.model, in: header),
          selector: self.text(request.selector, in: header)))
    case .version, .model:
      break
    }
    let submission = Submission(
      client: client, request: request.request, target: target, requestClass: request.requestClass,
      contentType: request.contentType, parts: UInt8(request.parts),
      timeoutMicroseconds: request.timeoutMicroseconds, payload: PayloadRef(payload),
      payloadBytes: self.byteCount(of: payload), identity: identity,
      routingKey: request.routingKey.count == 0
        ? nil : RoutingKey(request.routingKey.bytes(in: self.arena.bytes(of: header))))
    self.core.step(.requestReceived(submission), at: self.now, into: &self.actions)
  }

  private mutating func controlReceived(_ client: PeerID, _ control: ControlHeader, payload: PartRef?) {
    var body: [UInt8] = []
    if let payload {
      body = self.arena.bytes(of: payload).withUnsafeBytes { Array($0) }
      self.arena.release(payload)
    }
    guard self.callsUnderWay < Self.maximumCalls else {
      self.counters.controlRefused += 1
      let detail = ErrorDetail(
        reason: "TOO_MANY_CALLS", message: "\(Self.maximumCalls) control calls are under way, the limit")
      self.answers.append(.failure(client, control.request, .resourceExhausted, detail))
      return
    }
    self.callsUnderWay += 1
    self.report(
      .call(ControlCall(client: client, request: control.request, method: control.method, body: body)))
  }

  private mutating func refuseMalformed(_ client: PeerID, _ request: RequestID, _ error: WireError) {
    self.counters.malformed += 1
    let detail = ErrorDetail(reason: "MALFORMED", message: error.description)
    self.answers.append(.failure(client, request, .invalidArgument, detail))
  }

  private func text(_ range: ByteRange, in header: PartRef) -> String {
    let bytes = range.bytes(in: self.arena.bytes(of: header))
    return bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }
}

/// The words of a request whose model or version is not known, kept until it is refused, later in the same turn.
struct UnknownName {
  var client: PeerID
  var request: RequestID
  var model: String
  var selector: String
}

/// Something to send that is no matter of the core.
enum LoopAnswer {
  /// The broker is here.
  case pong(PeerID, nonce: UInt64)
  /// A message or call that never became a request.
  case failure(PeerID, RequestID, StatusCode, ErrorDetail)
  /// What a control call asked for.
  case success(PeerID, RequestID, body: [UInt8])
  /// A worker that cannot even become a question for the core.
  case refuseWorker(PeerID, DisconnectHeader)
}
