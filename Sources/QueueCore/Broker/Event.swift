/// Everything that can happen to a broker. Trivially copyable: names have become ids, payloads references.
public enum Event: Sendable, BitwiseCopyable {
  /// A client wants a prediction.
  case requestReceived(Submission)
  /// A client gives a request up.
  case cancelReceived(client: PeerID, request: RequestID)
  /// A reply could not be delivered: the client is gone.
  case clientUnreachable(PeerID)

  /// A worker came and is loading. A peer that was joined already starts a new session.
  case workerJoined(peer: PeerID, version: VersionID, heartbeatMilliseconds: UInt32, liveness: UInt8)
  /// A worker has loaded and warmed up, and grants credit for each lane.
  case workerReady(peer: PeerID, session: SessionID, credit: UInt16, bulkCredit: UInt16)
  /// A worker reports the outcome of a piece of work.
  case resultReceived(peer: PeerID, result: ResultHeader, payload: PayloadRef)
  /// A worker is alive, and has begun and ended so many engine calls; nil if it does not say.
  case heartbeatReceived(peer: PeerID, session: SessionID, progress: UInt64?)
  /// A worker takes nothing new.
  case drainingReceived(peer: PeerID, session: SessionID)
  /// A worker has left.
  case goodbyeReceived(peer: PeerID, session: SessionID)
  /// A message could not be delivered: the worker is gone.
  case workerUnreachable(PeerID)
  /// A worker sent what no worker may send.
  case workerMisbehaved(peer: PeerID)
  /// A worker's artifact is not the one that is registered for its version.
  case workerRejected(peer: PeerID)

  /// An operator wants this worker to finish and leave.
  case drainOrdered(SessionID)
  /// The broker is to refuse new requests and finish those it has.
  case shutdownOrdered
  /// The driver has passed on all that has come: hand out work, look at the time.
  case turnEnded
}

/// A client's request, as the core sees it.
public struct Submission: Hashable, Sendable, BitwiseCopyable {
  /// Who asks.
  public var client: PeerID
  /// The client's name for the request.
  public var request: RequestID
  /// Who asks, as a route sees it: the same for as long as the client keeps its connection or calls itself the same.
  public var identity: RoutingKey
  /// What the client wants its request routed by, if it says so.
  public var routingKey: RoutingKey?
  /// What is asked, after a look into the catalog.
  public var target: Target
  /// How urgent it is.
  public var requestClass: RequestClass
  /// How the payload is to be read.
  public var contentType: ContentType
  /// Payload parts.
  public var parts: UInt8
  /// Microseconds until the deadline; ``RequestHeader/noTimeout`` for none.
  public var timeoutMicroseconds: Int64
  /// The payload, which the core releases exactly once.
  public var payload: PayloadRef
  /// Bytes of the payload.
  public var payloadBytes: Int

  /// Describes a client's request; without an identity, the connection's number is taken for it.
  public init(
    client: PeerID, request: RequestID, target: Target, requestClass: RequestClass, contentType: ContentType,
    parts: UInt8, timeoutMicroseconds: Int64, payload: PayloadRef, payloadBytes: Int, identity: RoutingKey? = nil,
    routingKey: RoutingKey? = nil
  ) {
    self.client = client
    self.identity = identity ?? RoutingKey(number: client.rawValue)
    self.routingKey = routingKey
    self.request = request
    self.target = target
    self.requestClass = requestClass
    self.contentType = contentType
    self.parts = parts
    self.timeoutMicroseconds = timeoutMicroseconds
    self.payload = payload
    self.payloadBytes = payloadBytes
  }
}
