/// A version of a model that a worker has served at some time.
public struct ModelVersionRecord: Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// The version's name.
  public var version: String
  /// SHA-256 of its artifact in hexadecimal digits; nil if its engine has none.
  public var digest: String?
  /// Its inputs and outputs, as the JSON document that its workers announce.
  public var signature: String
  /// When a worker first served it, in seconds since 1970.
  public var firstSeenAt: Double
  /// When a worker last began to serve it, in seconds since 1970.
  public var lastSeenAt: Double

  /// Makes a record.
  public init(
    model: String, version: String, digest: String?, signature: String, firstSeenAt: Double, lastSeenAt: Double
  ) {
    self.model = model
    self.version = version
    self.digest = digest
    self.signature = signature
    self.firstSeenAt = firstSeenAt
    self.lastSeenAt = lastSeenAt
  }
}
