extension WorkerSession {
  /// What the driver is to do. Actions are performed in order.
  public enum Action: Hashable, Sendable, BitwiseCopyable {
    /// Send ``WorkerSession/joinHeader``.
    case sendJoin
    /// Load the artifact that this payload, one ``Artifact`` part, names; the payload is the driver's from now on.
    case loadArtifact(PayloadRef)
    /// Send a READY with ``WorkerSession/readyHeader`` and, as its one part, the model's signature.
    case sendReady
    /// Send a HEARTBEAT with this header and, as its one part, the present ``WorkerFigures``.
    case sendHeartbeat(SessionHeader)
    /// Send a DRAINING or GOODBYE, which have no payload.
    case sendNotice(SessionHeader)
    /// Send a RESULT with this payload, which is spent by that.
    case sendResult(ResultHeader, PayloadRef)
    /// Send a RESULT whose payload is the refusal's ``Refusal/detail``.
    case sendRefusal(ResultHeader, Refusal)
    /// Do this work and report ``WorkerSession/resultReady(_:payload:at:into:)`` once, whatever comes of it.
    case run(Work)
    /// This work need not be done any more; report its result all the same, `CANCELLED` unless it is done already.
    case cancel(Ticket)
    /// The payload is not needed any more.
    case release(PayloadRef)
    /// Close the socket, dropping what it has not sent, and connect a new one.
    case reconnect
    /// Send what is to be sent, close, and end the process.
    case finished(Exit)
  }

  /// Names one piece of work within the process.
  public struct Ticket: Hashable, Sendable, BitwiseCopyable {
    /// The broker's name for the work.
    public var work: WorkID
    /// Which attempt it is, from 1.
    public var attempt: UInt8
    /// The membership in which it came, counted by the session.
    public var epoch: UInt32

    /// Names a piece of work.
    public init(work: WorkID, attempt: UInt8, epoch: UInt32) {
      self.work = work
      self.attempt = attempt
      self.epoch = epoch
    }
  }

  /// One piece of work to do.
  public struct Work: Hashable, Sendable, BitwiseCopyable {
    /// Its name; the result must carry it.
    public var ticket: Ticket
    /// How urgent it is; decides the lane.
    public var requestClass: RequestClass
    /// How the payload is to be read.
    public var contentType: ContentType
    /// Payload parts.
    public var parts: Int
    /// The driver's handle for the parts, now the driver's to release.
    public var payload: PayloadRef
    /// When it came.
    public var receivedAt: Instant
    /// After this nobody waits for it; `distantFuture` for none.
    public var deadline: Instant

    /// Describes a piece of work.
    public init(
      ticket: Ticket, requestClass: RequestClass, contentType: ContentType, parts: Int, payload: PayloadRef,
      receivedAt: Instant, deadline: Instant
    ) {
      self.ticket = ticket
      self.requestClass = requestClass
      self.contentType = contentType
      self.parts = parts
      self.payload = payload
      self.receivedAt = receivedAt
      self.deadline = deadline
    }
  }

  /// What came of one piece of work.
  public struct Outcome: Hashable, Sendable, BitwiseCopyable {
    /// The work's name.
    public var ticket: Ticket
    /// How it ended.
    public var status: StatusCode
    /// How the payload is to be read.
    public var contentType: ContentType
    /// Payload parts.
    public var parts: Int
    /// Microseconds the work waited in the worker.
    public var queueMicroseconds: UInt32
    /// Microseconds of the engine calls the work was in.
    public var computeMicroseconds: UInt32

    /// Reports what came of a piece of work.
    public init(
      ticket: Ticket, status: StatusCode, contentType: ContentType, parts: Int, queueMicroseconds: UInt32,
      computeMicroseconds: UInt32
    ) {
      self.ticket = ticket
      self.status = status
      self.contentType = contentType
      self.parts = parts
      self.queueMicroseconds = queueMicroseconds
      self.computeMicroseconds = computeMicroseconds
    }
  }

  /// Why the session itself refuses a piece of work.
  public enum Refusal: Hashable, Sendable, BitwiseCopyable {
    /// The broker sent more than the worker said it will hold.
    case overCredit(Lane, credit: UInt16)
    /// The broker sent work before READY.
    case notReady

    /// The refusal for programs and for people.
    public var detail: ErrorDetail {
      switch self {
      case .overCredit(let lane, let credit):
        ErrorDetail(reason: "OVER_CREDIT", message: "the worker holds \(credit) \(lane) requests already, its credit")
      case .notReady:
        ErrorDetail(reason: "NOT_READY", message: "the worker has not announced that it is ready")
      }
    }
  }

  /// Why a session ended.
  public enum Exit: Hashable, Sendable, BitwiseCopyable {
    /// It was asked to leave and has finished, everything or its time to: success.
    case drained
    /// The broker does not want it; ``WorkerSession/refusal`` says why.
    case refused
    /// Its model cannot be loaded.
    case loadFailed
  }

  /// Events that should not happen, counted.
  public struct Counters: Hashable, Sendable {
    /// Results of work that is not in hand: its membership ended, or it was reported before.
    public var staleResults: UInt64 = 0
    /// Work refused because it was more than the credit, or came before READY.
    public var refusedWork: UInt64 = 0
    /// Work that was in hand already; ignored, because two answers would be one too many.
    public var duplicateWork: UInt64 = 0
    /// Units that are not for a worker, not now, or not for this membership.
    public var unexpectedUnits: UInt64 = 0
    /// Units that cannot be read.
    public var malformedUnits: UInt64 = 0
    /// JOINs without an answer.
    public var unansweredJoins: UInt64 = 0
    /// Memberships given up because nothing was heard.
    public var silences: UInt64 = 0
    /// Work in hand when the worker's time to finish was over.
    public var unfinishedWork: UInt64 = 0
    /// Memberships that ended while the worker wanted to stay, for whatever reason.
    public var lostMemberships: UInt64 = 0

    /// Starts with nothing counted.
    public init() {}
  }
}
