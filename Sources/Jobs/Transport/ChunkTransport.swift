public import AuguryClient
public import QueueCore
public import ZeroMQ

/// What jobs need of a cluster. ``BrokerTransport`` is the real one.
public protocol ChunkTransport: Sendable {
  /// Predicts rows of JSON Lines, one instance a line, at class `batch`, however long it takes.
  ///
  /// Throws ``PredictionError`` if none of the rows can be predicted, and when the task is cancelled.
  func predict(_ rows: Frame, model: String, version: String) async throws(PredictionError) -> ChunkReply

  /// The model versions that the cluster knows by now, with or without a worker.
  ///
  /// Throws ``PredictionError``.
  func versions() async throws(PredictionError) -> [ServedVersion]
}

/// An answer to a chunk, as it came.
public struct ChunkReply: Sendable {
  /// How the parts are to be read.
  public var contentType: ContentType
  /// The predictions, and the rows that could not be predicted.
  public var parts: [Frame]
  /// Who made it, if that is said.
  public var origin: Origin?
  /// Microseconds of waiting in the cluster.
  public var queueMicroseconds: UInt32

  /// Makes a reply.
  public init(contentType: ContentType, parts: [Frame], origin: Origin?, queueMicroseconds: UInt32) {
    self.contentType = contentType
    self.parts = parts
    self.origin = origin
    self.queueMicroseconds = queueMicroseconds
  }
}

/// A version of a model, as far as a job cares.
public struct ServedVersion: Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// The version's name.
  public var version: String
  /// SHA-256 of the artifact as 64 hexadecimal digits; nil if its engine has none.
  public var digest: String?
  /// Whether a worker takes requests for it.
  public var isReady: Bool

  /// Describes a version.
  public init(model: String, version: String, digest: String?, isReady: Bool) {
    self.model = model
    self.version = version
    self.digest = digest
    self.isReady = isReady
  }
}
