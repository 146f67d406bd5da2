/// A chunk of a job's input as the reader found it. Where it ends depends on the input and on the job's options alone,
/// never on what happened before: reading from a chunk's start gives the same chunk in every run.
public struct ChunkExtent: Hashable, Sendable, BitwiseCopyable {
  /// Rows in it, at least 1.
  public var rows: UInt32
  /// Bytes that are held for it: those of the request that carries it, and what is kept of its rows for the output.
  public var payloadBytes: UInt64
  /// Bytes of the input before the first byte that is not part of it or of an earlier chunk.
  public var endOffset: UInt64
  /// Lines of the input up to there.
  public var endLine: UInt64

  /// Describes a chunk.
  public init(rows: UInt32, payloadBytes: UInt64, endOffset: UInt64, endLine: UInt64) {
    self.rows = rows
    self.payloadBytes = payloadBytes
    self.endOffset = endOffset
    self.endLine = endLine
  }
}

/// Some rows of a chunk that travel in one request: all of them, unless the chunk had to be taken apart.
public struct ChunkPart: Hashable, Sendable, BitwiseCopyable {
  /// The chunk's sequence number in the job, from 0.
  public var chunk: UInt64
  /// The first row, counted from 0 within the chunk.
  public var lower: UInt32
  /// The row after the last.
  public var upper: UInt32

  /// Names rows of a chunk.
  public init(chunk: UInt64, lower: UInt32, upper: UInt32) {
    self.chunk = chunk
    self.lower = lower
    self.upper = upper
  }

  /// How many rows it has.
  public var rows: UInt32 { self.upper - self.lower }
}

/// One sending of a part. Answers name it, so that one to an earlier sending is known for what it is.
public struct ChunkRequest: Hashable, Sendable, BitwiseCopyable {
  /// The rows.
  public var part: ChunkPart
  /// Which sending of these rows it is, from 1.
  public var attempt: UInt32

  /// Names a sending.
  public init(part: ChunkPart, attempt: UInt32) {
    self.part = part
    self.attempt = attempt
  }
}

/// Where the time of an answered request went.
public struct RequestTimes: Hashable, Sendable, BitwiseCopyable {
  /// Microseconds of waiting in the cluster.
  public var queueMicroseconds: UInt32
  /// Microseconds in the engine.
  public var computeMicroseconds: UInt32

  /// Describes times; those of a request that nobody computed are 0.
  public init(queueMicroseconds: UInt32 = 0, computeMicroseconds: UInt32 = 0) {
    self.queueMicroseconds = queueMicroseconds
    self.computeMicroseconds = computeMicroseconds
  }
}

/// What a part's rows became.
public struct PartOutcome: Hashable, Sendable, BitwiseCopyable {
  /// Rows with a prediction.
  public var predictedRows: UInt32
  /// Rows without.
  public var failedRows: UInt32
  /// Bytes that go to the output.
  public var outputBytes: UInt64
  /// Bytes that go to the errors file.
  public var errorBytes: UInt64

  /// Describes an outcome.
  public init(predictedRows: UInt32, failedRows: UInt32, outputBytes: UInt64, errorBytes: UInt64) {
    self.predictedRows = predictedRows
    self.failedRows = failedRows
    self.outputBytes = outputBytes
    self.errorBytes = errorBytes
  }

  static let empty = PartOutcome(predictedRows: 0, failedRows: 0, outputBytes: 0, errorBytes: 0)

  mutating func add(_ other: PartOutcome) {
    self.predictedRows += other.predictedRows
    self.failedRows += other.failedRows
    self.outputBytes += other.outputBytes
    self.errorBytes += other.errorBytes
  }
}

/// What a failed request says about its rows.
public enum PartFailure: Hashable, Sendable, BitwiseCopyable {
  /// Nothing: the cluster could not do it now. Tried again for ever.
  case transient
  /// The cluster is full. Tried again for ever, with fewer chunks on the way.
  case congested
  /// The model failed, or its answer was wrong. May be chance, so tried again before the rows are blamed.
  case fault
  /// Workers died of it, as many as the broker lets one request have.
  case poison
  /// The request is refused for what it is. Trying the same again is of no use.
  case refused
  /// No row of the job can be predicted, whatever is tried.
  case fatal

  /// What a status says; `isPoison` is whether the broker gave the reason `POISON`.
  public init(status: StatusCode, isPoison: Bool) {
    switch status {
    case .unavailable: self = isPoison ? .poison : .transient
    case .resourceExhausted: self = .congested
    // Not found: after a restart of the broker, until the version's first worker has joined again.
    case .aborted, .deadlineExceeded, .cancelled, .notFound: self = .transient
    case .invalidArgument, .outOfRange: self = .refused
    case .permissionDenied, .unauthenticated, .unimplemented, .failedPrecondition: self = .fatal
    case .internal, .unknown, .dataLoss, .alreadyExists, .ok: self = .fault
    }
  }
}
