public import BasicContainers

/// A client's end of the protocol: which requests are outstanding, when each of them ends, and whether the broker
/// lives.
///
/// It is told what its driver does, hears and what time it is, and says what to send and what has ended. It never sees
/// payloads, only references: the payload of a `send` goes with the message, that of a `complete` to the caller, and
/// any other is given back by `release`. A request that is completed by a failure and has not gone out yet need not go.
///
/// Three things end a request besides its reply: its deadline (the broker refuses late requests itself, so the session
/// waits a little longer than that), the caller, and the broker's silence or restart. While anything is outstanding the
/// session sends a PING an interval. The PING's number is the id that the next request will have: a PONG from another
/// instance therefore says exactly which requests were sent before the new broker was there to hear the PING.
public struct ClientSession: ~Copyable, Sendable {
  /// Where actions are appended.
  public typealias Actions = UniqueArray<Action>

  /// What the driver is to do, in this order.
  public enum Action: Hashable, Sendable {
    /// Send this request or call: the header part, then the payload's parts, which are the session's no longer.
    case send(RequestID, header: [UInt8], payload: PayloadRef)
    /// Send CANCEL for this request, or, if it has not gone out yet, do not send it at all.
    case cancel(RequestID)
    /// Send PING with this number.
    case ping(nonce: UInt64)
    /// Tell the caller how a request or call ended.
    case complete(RequestID, ClientOutcome)
    /// The payload is needed no longer.
    case release(PayloadRef)
  }

  /// What a session may do and for how long it waits.
  public struct Options: Hashable, Sendable {
    /// Requests and calls that may be outstanding at once.
    public var maxOutstanding = 4096
    /// Microseconds after a request's deadline in which the broker's own refusal may still come.
    public var graceMicroseconds: UInt64 = 250_000
    /// Milliseconds between PINGs while anything is outstanding.
    public var pingMilliseconds: UInt64 = 1000
    /// PINGs without any sign of life after which the broker is taken for dead.
    public var liveness = 3

    /// The defaults.
    public init() {}
  }

  /// A prediction to be asked for.
  public struct Request: Hashable, Sendable {
    /// The model's name.
    public var model: String
    /// The version; empty lets the broker choose.
    public var selector: String
    /// What a route is to choose the version by, at most 128 bytes of UTF-8; empty for none.
    public var routingKey: String
    /// How urgent it is.
    public var requestClass: RequestClass
    /// How the payload is to be read.
    public var contentType: ContentType
    /// Microseconds until the deadline; ``RequestHeader/noTimeout`` for none, 0 has passed already.
    public var timeoutMicroseconds: Int64
    /// Payload parts.
    public var parts: Int
    /// The payload.
    public var payload: PayloadRef

    /// Describes a prediction to be asked for.
    public init(
      model: String, selector: String = "", routingKey: String = "", requestClass: RequestClass = .online,
      contentType: ContentType = .json, timeoutMicroseconds: Int64 = RequestHeader.noTimeout, parts: Int,
      payload: PayloadRef
    ) {
      self.model = model
      self.selector = selector
      self.routingKey = routingKey
      self.requestClass = requestClass
      self.contentType = contentType
      self.timeoutMicroseconds = timeoutMicroseconds
      self.parts = parts
      self.payload = payload
    }
  }

  /// What the session has counted.
  public internal(set) var counters = ClientCounters()
  /// The broker's instance, once a PONG has told it.
  public internal(set) var instance: UInt64?

  let options: Options
  var outstanding = OutstandingTable()
  var nextID: UInt64 = 1
  var isClosed = false
  /// When the last PING went out; nil before the first.
  var pingedAt: Instant?
  /// The number of the last PING; PONGs with a higher one answer nothing.
  var lastNonce: UInt64 = 0
  /// PINGs sent since the broker was last heard.
  var unansweredPings = 0

  /// Makes a session with nothing outstanding.
  public init(options: Options = Options()) {
    precondition(options.maxOutstanding > 0 && options.pingMilliseconds > 0 && options.liveness > 0)
    self.options = options
  }

  /// Requests and calls that have not ended.
  public var outstandingCount: Int { self.outstanding.count }

  /// Whether a request or call has not ended yet.
  public func isOutstanding(_ id: RequestID) -> Bool {
    self.outstanding.contains(id)
  }

  /// The caller wants a prediction. It may be refused at once: then it is completed here and nothing is sent.
  public mutating func submit(
    _ request: Request, at now: Instant, into actions: inout Actions
  ) -> RequestID {
    let id = self.makeID()
    let timeout = max(request.timeoutMicroseconds, RequestHeader.noTimeout)
    let refusal =
      self.refusal(parts: request.parts)
      ?? Self.refusal("model", request.model) ?? Self.refusal("version selector", request.selector)
      ?? Self.refusal("routing key", request.routingKey, limit: RoutingKey.maximumBytes)
    if let refusal {
      self.refuse(id, refusal, payload: request.payload, into: &actions)
      return id
    }
    let header = RequestHeader.encode(
      request: id, timeoutMicroseconds: timeout, requestClass: request.requestClass,
      contentType: request.contentType, parts: request.parts, model: request.model, selector: request.selector,
      routingKey: Array(request.routingKey.utf8))
    let deadline = self.deadline(timeout, grace: self.options.graceMicroseconds, at: now)
    self.begin(
      .init(id: id, deadline: deadline, isCancellable: true), header: header, payload: request.payload, at: now,
      into: &actions)
    return id
  }

  /// The caller asks or orders the broker itself; like ``submit(_:at:into:)``, but the time-out is the session's alone.
  public mutating func call(
    _ method: String, parts: Int = 1, payload: PayloadRef, timeoutMicroseconds: Int64 = RequestHeader.noTimeout,
    at now: Instant, into actions: inout Actions
  ) -> RequestID {
    let id = self.makeID()
    if let refusal = self.refusal(parts: parts) ?? Self.refusal("method", method) {
      self.refuse(id, refusal, payload: payload, into: &actions)
      return id
    }
    let header = ControlHeader(request: id, method: method, parts: parts).encoded
    let deadline = self.deadline(timeoutMicroseconds, grace: 0, at: now)
    self.begin(
      .init(id: id, deadline: deadline, isCancellable: false), header: header, payload: payload, at: now,
      into: &actions)
    return id
  }

  /// The caller gives a request up. One that has ended already is left alone.
  public mutating func cancel(_ id: RequestID, into actions: inout Actions) {
    guard let entry = self.outstanding.remove(id) else { return }
    self.fail(entry, .cancelled, into: &actions)
  }

  /// The caller needs the session no longer: everything outstanding fails, and so does everything begun later.
  public mutating func close(into actions: inout Actions) {
    self.isClosed = true
    for id in self.outstanding.ids(below: .max) {
      guard let entry = self.outstanding.remove(id) else { continue }
      self.fail(entry, .closed, into: &actions)
    }
  }

  // MARK: - Beginnings and ends

  private mutating func makeID() -> RequestID {
    defer { self.nextID += 1 }
    self.counters.begun += 1
    return RequestID(self.nextID)
  }

  private func refusal(parts: Int) -> ClientFailure? {
    if self.isClosed { return .closed }
    if self.outstanding.count >= self.options.maxOutstanding {
      return .tooManyOutstanding(limit: self.options.maxOutstanding)
    }
    guard parts <= Prefix.maximumContentParts else {
      return .tooManyParts(count: parts, limit: Prefix.maximumContentParts)
    }
    return nil
  }

  /// What a header could not carry whole. Which names are right is the broker's to say.
  private static func refusal(_ field: String, _ text: String, limit: Int = 255) -> ClientFailure? {
    let bytes = text.utf8.count
    return bytes <= limit ? nil : .textTooLong(field: field, bytes: bytes, limit: limit)
  }

  private mutating func refuse(
    _ id: RequestID, _ failure: ClientFailure, payload: PayloadRef, into actions: inout Actions
  ) {
    self.counters.failed += 1
    if payload != .none { actions.append(.release(payload)) }
    actions.append(.complete(id, .failed(failure)))
  }

  private func deadline(_ timeoutMicroseconds: Int64, grace: UInt64, at now: Instant) -> Instant {
    guard timeoutMicroseconds >= 0 else { return .distantFuture }
    return now.advanced(byMicroseconds: UInt64(timeoutMicroseconds)).advanced(byMicroseconds: grace)
  }

  private mutating func begin(
    _ entry: OutstandingTable.Entry, header: [UInt8], payload: PayloadRef, at now: Instant,
    into actions: inout Actions
  ) {
    // The PING goes first: its number then spares this request if the PONG tells of a restart that came before.
    if self.isPingDue(at: now) { self.ping(nonce: entry.id.rawValue, at: now, into: &actions) }
    self.outstanding.insert(entry)
    actions.append(.send(entry.id, header: header, payload: payload))
  }

  /// Ends a request without an answer. Unless the broker is done with it, it need not go on.
  mutating func fail(
    _ entry: OutstandingTable.Entry, _ failure: ClientFailure, isAnswered: Bool = false, into actions: inout Actions
  ) {
    self.counters.failed += 1
    if entry.isCancellable && !isAnswered { actions.append(.cancel(entry.id)) }
    actions.append(.complete(entry.id, .failed(failure)))
  }
}
