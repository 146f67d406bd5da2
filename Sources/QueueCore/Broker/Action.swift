/// Everything a broker can ask its driver to do, in the order in which it is to be done.
public enum Action: Hashable, Sendable, BitwiseCopyable {
  /// Answer a client with what a worker said; the payload's ``release(_:)`` follows.
  case reply(client: PeerID, reply: WorkerReply, payload: PayloadRef)
  /// Answer a client that there is no prediction, and why.
  case refuse(client: PeerID, request: RequestID, refusal: Refusal, attempts: UInt8)
  /// Hand work to a worker. The payload stays, in case the worker is lost.
  case dispatch(worker: PeerID, work: WorkHeader, payload: PayloadRef)
  /// Tell a worker that work need not be done any more.
  case cancelWork(worker: PeerID, work: WorkID, attempt: UInt8)
  /// The payload is needed no longer.
  case release(PayloadRef)

  /// Keep how one side of a comparison ended until the other side has, too. What it answered is in the payload, whose
  /// ``reply(client:reply:payload:)`` or ``release(_:)`` follows: it is to be shared, not taken.
  case outcome(ShadowOutcome, payload: PayloadRef)
  /// There will be nothing to compare: forget what was kept.
  case forget(ComparisonID)

  /// Tell a worker its session.
  case welcome(worker: PeerID, session: SessionID)
  /// Tell a worker that the broker is alive.
  case heartbeat(worker: PeerID, session: SessionID)
  /// Ask a worker to finish and leave.
  case drain(worker: PeerID, session: SessionID)
  /// Tell a worker that it is no member, or no longer.
  case disconnect(worker: PeerID, reason: DisconnectReason)

  /// Tell people and metrics; changes nothing.
  case note(Note)
}

/// What a worker said about a request, for its client.
public struct WorkerReply: Hashable, Sendable, BitwiseCopyable {
  /// The client's name for the request.
  public var request: RequestID
  /// The worker's session, which names the origin.
  public var session: SessionID
  /// How it ended.
  public var status: StatusCode
  /// How the payload is to be read.
  public var contentType: ContentType
  /// Times the request was handed out.
  public var attempts: UInt8
  /// Payload parts.
  public var parts: UInt8
  /// Microseconds of waiting in the broker and in the worker.
  public var queueMicroseconds: UInt32
  /// Microseconds of the engine call.
  public var computeMicroseconds: UInt32
  /// The epoch of the model's route when the request was taken on; 0 if it never had one.
  public var epoch: UInt32
  /// Counts the requests and copies taken on since the broker's start: names the prediction within its life.
  public var number: UInt64
  /// What was asked; the driver has it until the ``Action/release(_:)`` that follows the reply.
  public var input: PayloadRef
  /// How that is to be read.
  public var inputContentType: ContentType
}

/// Why a worker is told to go.
public enum DisconnectReason: UInt8, CaseIterable, Hashable, Sendable, BitwiseCopyable {
  /// The broker does not know this session, or not any more: join anew.
  case unknownSession
  /// It was silent for too long and its work has been given to others: join anew.
  case lost
  /// It had bulk work, reported no result and began and ended no engine call for too long: start anew.
  case stuck
  /// READY came a second time.
  case secondReady
  /// It sent what no worker may send.
  case misbehaved
  /// There are as many workers as there may be.
  case tooManyWorkers
  /// It serves another artifact than is registered for its version.
  case digestMismatch
  /// The broker is stopping: join anew when it is back.
  case brokerStopping
}

/// Something worth telling.
public enum Note: Hashable, Sendable, BitwiseCopyable {
  /// A worker joined and is loading.
  case joined(SessionID)
  /// A worker is ready.
  case ready(SessionID)
  /// A worker missed a heartbeat and gets nothing new until it is heard of.
  case suspect(SessionID)
  /// A suspect worker was heard of again.
  case recovered(SessionID)
  /// A worker finishes what it has.
  case draining(SessionID)
  /// A worker left in good order.
  case left(SessionID)
  /// A worker has bulk work and does not get on with it: it is dismissed. That it is lost follows.
  case stuck(SessionID)
  /// A worker is gone; so many requests went back into the queue.
  case lost(SessionID, requeued: Int32)
  /// A request was refused because its workers died.
  case poisoned(VersionID)
}
