public import AuguryClient
public import QueueCore
public import ZeroMQ

/// What jobs need of a cluster. ``BrokerTransport`` is the real one.
public protocol ChunkTransport: Sendable {
  /// Predicts chunks of JSON Lines, one instance a line, at class `batch`, however long it takes. The rows of a chunk
  /// are predicted together, those of two chunks never; the reply has two parts for each.
  ///
  /// Throws ``PredictionError`` if none of the rows can be predicted, and when the task is cancelled.
  func predict(_ chunks: [Frame], model: String, version: String) async throws(PredictionError) -> ChunkReply

  /// The model versions that the cluster knows by now, with or without a worker.
  ///
  /// Throws ``PredictionError``.
  func versions() async throws(PredictionError) -> [ServedVersion]
}

/// An answer to one or several chunks, as it came.
public struct ChunkReply: Sendable {
  /// How the parts are to be read.
  public var contentType: ContentType
  /// For each chunk the predictions, and the rows that could not be predicted.
  public var parts: [Frame]
  /// Who made it, if that is said.
  public var origin: Origin?
  /// Where its time went.
  public var times: RequestTimes

  /// Makes a reply.
  public init(contentType: ContentType, parts: [Frame], origin: Origin?, times: RequestTimes) {
    self.contentType = contentType
    self.parts = parts
    self.origin = origin
    self.times = times
  }

  /// The answer to one of so many chunks. A reply that has not two parts for each is left as it is, wrong for all.
  func answer(at place: Int, of count: Int) -> ChunkReply {
    guard count > 1, self.parts.count == 2 * count else { return self }
    var answer = self
    answer.parts = Array(self.parts[2 * place..<2 * place + 2])
    return answer
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
