/// A version of a model that somebody has registered: which artifact it is, and what is known about it.
public struct RegisteredVersion: Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// The version's name.
  public var version: String
  /// The artifact's absolute path.
  public var path: String
  /// SHA-256 of the artifact in hexadecimal digits.
  public var digest: String
  /// The artifact's size in bytes.
  public var size: UInt64
  /// Its inputs and outputs as a JSON document; nil if they could not be read.
  public var signature: String?
  /// What people say about it.
  public var details: VersionDetails
  /// When it was registered, in seconds since 1970.
  public var createdAt: Double
  /// When anything of this was last changed, in seconds since 1970.
  public var updatedAt: Double

  /// Makes a record.
  public init(
    model: String, version: String, path: String, digest: String, size: UInt64, signature: String?,
    details: VersionDetails, createdAt: Double, updatedAt: Double
  ) {
    self.model = model
    self.version = version
    self.path = path
    self.digest = digest
    self.size = size
    self.signature = signature
    self.details = details
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// What people say about a version.
public struct VersionDetails: Hashable, Sendable {
  /// Where it is in its life, a word of its team's own, for example `candidate`.
  public var stage: String?
  /// What it is.
  public var description: String?
  /// What to find it by.
  public var labels: [String: String]
  /// How good it was when it was made, for example `accuracy`.
  public var metrics: [String: Double]

  /// Says something about a version.
  public init(
    stage: String? = nil, description: String? = nil, labels: [String: String] = [:], metrics: [String: Double] = [:]
  ) {
    self.stage = stage
    self.description = description
    self.labels = labels
    self.metrics = metrics
  }

  /// Takes over what newer details say; nil leaves what was there, an empty text removes it.
  public mutating func merge(_ newer: VersionDetails) {
    if let stage = newer.stage { self.stage = stage.isEmpty ? nil : stage }
    if let description = newer.description { self.description = description.isEmpty ? nil : description }
    for (name, value) in newer.labels { self.labels[name] = value.isEmpty ? nil : value }
    self.metrics.merge(newer.metrics) { $1 }
  }
}

/// A second name of a version, which can be moved to another one.
public struct ModelAlias: Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// The alias, for example `champion`.
  public var alias: String
  /// The version it stands for.
  public var version: String
  /// When it was set, in seconds since 1970.
  public var setAt: Double
  /// Who set it.
  public var setBy: String

  /// Makes an alias.
  public init(model: String, alias: String, version: String, setAt: Double, setBy: String) {
    self.model = model
    self.alias = alias
    self.version = version
    self.setAt = setAt
    self.setBy = setBy
  }
}
