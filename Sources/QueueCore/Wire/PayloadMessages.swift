/// A payload part that says who made a prediction. The same bytes for every reply of one worker's session, until the
/// model's route changes.
public struct Origin: Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// The version that served.
  public var version: String
  /// SHA-256 of the version's artifact, 32 bytes; empty if the engine has none.
  public var digest: [UInt8]
  /// The worker's name, unique in the cluster.
  public var worker: String
  /// The epoch of the model's route when the request was taken on: how often the route had been changed; 0 if never.
  public var epoch: UInt32
  /// The instance of the broker that took the request on, as PONG tells it; 0 if that is not known.
  public var instance: UInt64

  /// Says who made a prediction.
  public init(
    model: String, version: String, digest: [UInt8], worker: String, epoch: UInt32 = 0, instance: UInt64 = 0
  ) {
    self.model = model
    self.version = version
    self.digest = digest
    self.worker = worker
    self.epoch = epoch
    self.instance = instance
  }

  /// The id of the prediction with this ``ReplyHeader/number``. Brokers begin at random places and count up from
  /// there, so no two predictions share an id, not even across restarts, but for a chance of 1 in 2⁶⁴ times what they
  /// have made.
  public func predictionID(_ number: UInt64) -> PredictionID { PredictionID(self.instance &+ number) }

  /// Reads an origin part. Throws ``WireError``.
  public init(decoding part: RawSpan) throws(WireError) {
    var reader = ByteReader(part)
    self.model = try reader.readShortText("model")
    self.version = try reader.readShortText("version")
    self.digest = try reader.readShortBytes("digest")
    self.worker = try reader.readShortText("worker")
    self.epoch = try reader.readUInt32("route epoch")
    self.instance = try reader.readUInt64("instance")
  }

  /// The part's bytes.
  public var encoded: [UInt8] {
    var writer = ByteWriter()
    writer.writeShort(self.model)
    writer.writeShort(self.version)
    writer.writeShort(self.digest)
    writer.writeShort(self.worker)
    writer.write(self.epoch)
    writer.write(self.instance)
    return writer.bytes
  }
}

/// A payload part that says why there is no prediction: a word for programs and a line for people.
public struct ErrorDetail: Hashable, Sendable {
  /// A machine-readable reason, in capitals, for example `PAYLOAD_TOO_LARGE`.
  public var reason: String
  /// One line that names what was wrong and what was expected.
  public var message: String

  /// Says why there is no prediction.
  public init(reason: String, message: String) {
    self.reason = reason
    self.message = message
  }

  /// Reads an error part. Throws ``WireError``.
  public init(decoding part: RawSpan) throws(WireError) {
    var reader = ByteReader(part)
    self.reason = try reader.readShortText("reason")
    self.message = try reader.readLongText("message")
  }

  /// The part's bytes.
  public var encoded: [UInt8] {
    var writer = ByteWriter()
    writer.writeShort(self.reason)
    writer.writeLong(self.message)
    return writer.bytes
  }
}
