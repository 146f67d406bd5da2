public import AuguryClient
import QueueCore
public import ZeroMQ

/// A broker, reached as any client reaches it.
public final class BrokerTransport: ChunkTransport {
  private let client: AuguryClient

  /// Makes a connection of its own. Whether a broker is there shows in the first call. With the context of a broker in
  /// the same process the endpoint may be an `inproc://` one.
  ///
  /// Throws ``PredictionError`` if the endpoint is malformed.
  public init(broker: String, in context: Context? = nil) throws(PredictionError) {
    var options = AuguryClient.Options()
    // A chunk may wait for as long as there is more urgent work, or nobody to serve it.
    options.timeout = nil
    self.client = try AuguryClient(broker: broker, options: options, context: context)
  }

  /// Predicts chunks of JSON Lines at class `batch`, a message part each.
  ///
  /// Throws ``PredictionError``.
  public func predict(
    _ chunks: [Frame], model: String, version: String
  ) async throws(PredictionError) -> ChunkReply {
    let reply = try await self.client.send(
      model, version: version, contentType: .jsonLines, parts: chunks, requestClass: .batch)
    return ChunkReply(
      contentType: reply.contentType, parts: reply.parts, origin: reply.origin,
      times: RequestTimes(
        queueMicroseconds: reply.queueMicroseconds, computeMicroseconds: reply.computeMicroseconds))
  }

  /// The model versions that the broker knows by now.
  ///
  /// Throws ``PredictionError``.
  public func versions() async throws(PredictionError) -> [ServedVersion] {
    try await self.client.status().models.map { status in
      ServedVersion(
        model: status.model, version: status.version, digest: status.digest.isEmpty ? nil : status.digest,
        isReady: status.state == .ready)
    }
  }

  /// Closes the connection; what is outstanding ends with `CANCELLED`.
  public func close() async {
    await self.client.close()
  }
}
