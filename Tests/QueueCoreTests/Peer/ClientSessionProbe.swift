import BasicContainers
import QueueCore

/// A client session with its action buffer and clock, so that a test reads as a story.
struct ClientSessionProbe: ~Copyable {
  var session: ClientSession
  var now = Instant(nanoseconds: 5_000_000_000)

  init(_ change: (inout ClientSession.Options) -> Void = { _ in }) {
    var options = ClientSession.Options()
    change(&options)
    self.session = ClientSession(options: options)
  }

  /// Runs one event and returns what it asked for.
  mutating func step(
    _ event: (inout ClientSession, Instant, inout ClientSession.Actions) -> Void
  ) -> [ClientSession.Action] {
    var actions = ClientSession.Actions()
    event(&self.session, self.now, &actions)
    return (0..<actions.count).map { actions[$0] }
  }

  mutating func submit(_ request: ClientSession.Request) -> (id: RequestID, actions: [ClientSession.Action]) {
    var id = RequestID(0)
    let actions = self.step { id = $0.submit(request, at: $1, into: &$2) }
    return (id, actions)
  }

  /// Submits a request whose payload has the given number.
  mutating func submit(payload: UInt64, timeout: Int64 = RequestHeader.noTimeout) -> RequestID {
    self.submit(
      .init(model: "digits", timeoutMicroseconds: timeout, parts: 1, payload: PayloadRef(payload))
    ).id
  }

  mutating func call(
    _ method: String, payload: UInt64, timeout: Int64 = RequestHeader.noTimeout
  ) -> (id: RequestID, actions: [ClientSession.Action]) {
    var id = RequestID(0)
    let actions = self.step {
      id = $0.call(method, payload: PayloadRef(payload), timeoutMicroseconds: timeout, at: $1, into: &$2)
    }
    return (id, actions)
  }

  mutating func receive(_ header: [UInt8], parts: Int = 0, payload: PayloadRef = .none) -> [ClientSession.Action] {
    self.step { $0.received(header: header.span.bytes, parts: parts, payload: payload, into: &$2) }
  }

  mutating func receiveReply(
    _ id: RequestID, status: StatusCode = .ok, payload: UInt64
  ) -> [ClientSession.Action] {
    self.receive(
      ReplyHeader(request: id, status: status, parts: 1).encoded.array, parts: 1, payload: PayloadRef(payload))
  }

  mutating func receivePong(nonce: UInt64, instance: UInt64) -> [ClientSession.Action] {
    self.receive(PingHeader(nonce: nonce, instance: instance).encoded.array)
  }

  mutating func tick(afterMilliseconds milliseconds: UInt64 = 0) -> [ClientSession.Action] {
    self.now = self.now.advanced(byMilliseconds: milliseconds)
    return self.step { $0.tick(at: $1, into: &$2) }
  }

  /// Milliseconds until the session wants to be woken.
  var millisecondsToDeadline: UInt64 { self.session.nextDeadline.milliseconds(since: self.now) }
}

extension ClientSession.Action {
  static func failed(_ id: RequestID, _ failure: ClientFailure) -> Self {
    .complete(id, .failed(failure))
  }
}
