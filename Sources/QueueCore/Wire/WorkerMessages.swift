/// Worker to broker: I am here and loading. Answered by WELCOME or DISCONNECT.
public struct JoinHeader: Hashable, Sendable {
  static let wantsArtifactFlag: UInt8 = 0x01

  /// The interval at which this worker will send heartbeats.
  public var heartbeatMilliseconds: UInt32
  /// Heartbeats that may be missed before the sender is taken for dead.
  public var liveness: UInt8
  /// The process's id on its host.
  public var processID: UInt32
  /// The model this worker serves.
  public var model: String
  /// The version this worker serves.
  public var version: String
  /// The worker's own name, unique in the cluster.
  public var name: String
  /// The host it runs on.
  public var host: String
  /// The engine, for example `onnxruntime 1.28.0`.
  public var engine: String
  /// Whether the worker has no model file of its own and asks where the registered one is.
  public var wantsArtifact: Bool

  /// Introduces a worker.
  public init(
    heartbeatMilliseconds: UInt32, liveness: UInt8, processID: UInt32, model: String, version: String, name: String,
    host: String, engine: String, wantsArtifact: Bool = false
  ) {
    self.heartbeatMilliseconds = heartbeatMilliseconds
    self.liveness = liveness
    self.processID = processID
    self.model = model
    self.version = version
    self.name = name
    self.host = host
    self.engine = engine
    self.wantsArtifact = wantsArtifact
  }

  /// Reads a JOIN header part. Throws ``WireError``; the three names must be valid, see ``Names``.
  public init(decoding header: RawSpan) throws(WireError) {
    var reader = ByteReader(header)
    self.wantsArtifact = try reader.expect(.join).flags & Self.wantsArtifactFlag != 0
    self.heartbeatMilliseconds = try reader.readUInt32("heartbeat interval")
    self.liveness = try reader.readUInt8("liveness")
    self.processID = try reader.readUInt32("process id")
    self.model = try reader.readName("model")
    self.version = try reader.readName("version")
    self.name = try reader.readName("worker name")
    self.host = try reader.readShortText("host")
    self.engine = try reader.readShortText("engine")
    try ByteReader.requireInterval(self.heartbeatMilliseconds)
    try ByteReader.requirePositive(UInt64(self.liveness), "liveness")
  }

  /// The header part.
  public var encoded: [UInt8] {
    var writer = ByteWriter(Prefix(.join, flags: self.wantsArtifact ? Self.wantsArtifactFlag : 0))
    writer.write(self.heartbeatMilliseconds)
    writer.write(self.liveness)
    writer.write(self.processID)
    writer.writeShort(self.model)
    writer.writeShort(self.version)
    writer.writeShort(self.name)
    writer.writeShort(self.host)
    writer.writeShort(self.engine)
    return writer.bytes
  }
}

/// Worker to broker: loaded and warmed up. Payload: one part, the model's signature as JSON.
public struct ReadyHeader: Hashable, Sendable {
  /// The session the broker gave in WELCOME.
  public var session: SessionID
  /// Interactive requests the worker will hold at once; at least 1.
  public var credit: UInt16
  /// Bulk requests the worker will hold at once; 0 for a worker that takes no batch work.
  public var bulkCredit: UInt16
  /// The most rows it runs in one engine call.
  public var maxBatchSize: UInt32
  /// What loading and warming up took.
  public var loadMilliseconds: UInt32
  /// SHA-256 of the artifact, 32 bytes, or empty.
  public var digest: [UInt8]

  /// Announces readiness.
  public init(
    session: SessionID, credit: UInt16, bulkCredit: UInt16, maxBatchSize: UInt32, loadMilliseconds: UInt32,
    digest: [UInt8]
  ) {
    self.session = session
    self.credit = credit
    self.bulkCredit = bulkCredit
    self.maxBatchSize = maxBatchSize
    self.loadMilliseconds = loadMilliseconds
    self.digest = digest
  }

  /// Reads a READY header part. Throws ``WireError``; credit 0 and digests that are not 0 or 32 bytes are refused.
  public init(decoding header: RawSpan) throws(WireError) {
    var reader = ByteReader(header)
    _ = try reader.expect(.ready)
    self.session = SessionID(try reader.readUInt32("session"))
    self.credit = try reader.readUInt16("credit")
    self.bulkCredit = try reader.readUInt16("bulk credit")
    self.maxBatchSize = try reader.readUInt32("max batch size")
    self.loadMilliseconds = try reader.readUInt32("load time")
    self.digest = try reader.readShortBytes("digest")
    guard self.credit > 0 else { throw .invalidValue(field: "credit", value: 0, expected: "1 or more") }
    guard self.digest.isEmpty || self.digest.count == 32 else {
      throw .invalidValue(field: "digest length", value: UInt64(self.digest.count), expected: "0 or 32")
    }
  }

  /// The header part.
  public var encoded: [UInt8] {
    var writer = ByteWriter(Prefix(.ready, parts: 1))
    writer.write(self.session.rawValue)
    writer.write(self.credit)
    writer.write(self.bulkCredit)
    writer.write(self.maxBatchSize)
    writer.write(self.loadMilliseconds)
    writer.writeShort(self.digest)
    return writer.bytes
  }
}

/// Broker to worker: do this. Payload: the request's content.
public struct WorkHeader: Hashable, Sendable, BitwiseCopyable {
  /// The broker's name for the work.
  public var work: WorkID
  /// Microseconds left until the deadline; ``RequestHeader/noTimeout`` for none.
  public var remainingMicroseconds: Int64
  /// Which attempt this is, from 1.
  public var attempt: UInt8
  /// How urgent it is.
  public var requestClass: RequestClass
  /// How the payload is to be read.
  public var contentType: ContentType
  /// Payload parts that follow.
  public var parts: Int

  /// Hands work to a worker.
  public init(
    work: WorkID, remainingMicroseconds: Int64, attempt: UInt8, requestClass: RequestClass, contentType: ContentType,
    parts: Int
  ) {
    self.work = work
    self.remainingMicroseconds = remainingMicroseconds
    self.attempt = attempt
    self.requestClass = requestClass
    self.contentType = contentType
    self.parts = parts
  }

  /// Reads a WORK header part. Throws ``WireError``.
  public init(decoding header: RawSpan) throws(WireError) {
    var reader = ByteReader(header)
    let prefix = try reader.expect(.work)
    self.parts = Int(prefix.parts)
    self.attempt = prefix.extra
    self.work = WorkID(try reader.readUInt64("work id"))
    self.remainingMicroseconds = try reader.readMicrosecondsOrNone("remaining time")
    self.requestClass = try ByteReader.requestClass(try reader.readUInt8("class"))
    self.contentType = try reader.readContentType()
    try reader.skip(2, "reserved")
  }

  /// The header part: 28 bytes.
  public var encoded: ShortHeader {
    var header = Prefix(.work, parts: self.parts, extra: self.attempt).short
    header.append(self.work.rawValue)
    header.append(self.remainingMicroseconds)
    header.append(self.requestClass.rawValue)
    header.append(self.contentType.rawValue)
    header.append(UInt16(0))
    return header
  }
}

/// Worker to broker: the outcome of one piece of work. Payload: the content, or one ``ErrorDetail`` part.
public struct ResultHeader: Hashable, Sendable, BitwiseCopyable {
  /// The broker's name for the work.
  public var work: WorkID
  /// The session the work was given in.
  public var session: SessionID
  /// The attempt that the WORK header named.
  public var attempt: UInt8
  /// How it ended.
  public var status: StatusCode
  /// How the payload is to be read.
  public var contentType: ContentType
  /// Payload parts that follow.
  public var parts: Int
  /// Microseconds the work waited in the worker.
  public var queueMicroseconds: UInt32
  /// Microseconds of the engine call the work was in.
  public var computeMicroseconds: UInt32

  /// Reports an outcome.
  public init(
    work: WorkID, session: SessionID, attempt: UInt8, status: StatusCode, contentType: ContentType, parts: Int,
    queueMicroseconds: UInt32, computeMicroseconds: UInt32
  ) {
    self.work = work
    self.session = session
    self.attempt = attempt
    self.status = status
    self.contentType = contentType
    self.parts = parts
    self.queueMicroseconds = queueMicroseconds
    self.computeMicroseconds = computeMicroseconds
  }

  /// Reads a RESULT header part. Throws ``WireError``.
  public init(decoding header: RawSpan) throws(WireError) {
    var reader = ByteReader(header)
    let prefix = try reader.expectContent(.result)
    self.parts = Int(prefix.parts)
    self.attempt = prefix.extra
    self.work = WorkID(try reader.readUInt64("work id"))
    self.session = SessionID(try reader.readUInt32("session"))
    self.status = try reader.readStatus()
    self.contentType = try reader.readContentType()
    try reader.skip(2, "reserved")
    self.queueMicroseconds = try reader.readUInt32("queue time")
    self.computeMicroseconds = try reader.readUInt32("compute time")
  }

  /// The header part: 32 bytes.
  public var encoded: ShortHeader {
    var header = Prefix(.result, parts: self.parts, extra: self.attempt).short
    header.append(self.work.rawValue)
    header.append(self.session.rawValue)
    header.append(self.status.rawValue)
    header.append(self.contentType.rawValue)
    header.append(UInt16(0))
    header.append(self.queueMicroseconds)
    header.append(self.computeMicroseconds)
    return header
  }
}

/// Broker to worker: this work need not be done any more. The worker still answers it once, as it does all work.
public struct CancelWorkHeader: Hashable, Sendable, BitwiseCopyable {
  /// The work that may be dropped.
  public var work: WorkID
  /// The attempt that may be dropped.
  public var attempt: UInt8

  /// Names the work.
  public init(work: WorkID, attempt: UInt8) {
    self.work = work
    self.attempt = attempt
  }

  /// Reads a CANCEL_WORK header part. Throws ``WireError``.
  public init(decoding header: RawSpan) throws(WireError) {
    var reader = ByteReader(header)
    self.attempt = try reader.expect(.cancelWork).extra
    self.work = WorkID(try reader.readUInt64("work id"))
  }

  /// The header part.
  public var encoded: ShortHeader {
    var header = Prefix(.cancelWork, extra: self.attempt).short
    header.append(self.work.rawValue)
    return header
  }
}
