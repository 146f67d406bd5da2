/// A version of a model: registered, or merely seen because a worker has served it.
public struct ModelVersion: Codable, Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// The version's name.
  public var version: String
  /// Whether somebody has registered it; if not, it was only seen.
  public var registered: Bool
  /// The artifact's absolute path; nil if it is not registered.
  public var path: String?
  /// SHA-256 of the artifact as 64 hexadecimal digits; nil if its engine has none.
  public var digest: String?
  /// The artifact's size in bytes.
  public var sizeBytes: Int?
  /// Its inputs and outputs; nil if nobody could read them yet.
  public var signature: ModelSignature?
  /// What could not be found out when it was registered, and why.
  public var note: String?
  /// Where it is in its life, a word of its team's own.
  public var stage: String?
  /// What it is.
  public var description: String?
  /// What to find it by.
  public var labels: [String: String]
  /// How good it was when it was made.
  public var metrics: [String: Double]
  /// The aliases that stand for it, in alphabetical order.
  public var aliases: [String]
  /// Its workers that take requests.
  public var workers: Int
  /// When it was registered, in seconds since 1970.
  public var createdAt: Double?
  /// When its registration was last changed, in seconds since 1970.
  public var updatedAt: Double?
  /// When a worker first served it, in seconds since 1970.
  public var firstSeenAt: Double?
  /// When a worker last began to serve it, in seconds since 1970.
  public var lastSeenAt: Double?

  /// Makes a version of which no more is known.
  public init(model: String, version: String, registered: Bool) {
    self.model = model
    self.version = version
    self.registered = registered
    self.labels = [:]
    self.metrics = [:]
    self.aliases = []
    self.workers = 0
  }

  enum CodingKeys: String, CodingKey {
    case model
    case version
    case registered
    case path
    case digest
    case sizeBytes = "size_bytes"
    case signature
    case note
    case stage
    case description
    case labels
    case metrics
    case aliases
    case workers
    case createdAt = "created_at"
    case updatedAt = "updated_at"
    case firstSeenAt = "first_seen_at"
    case lastSeenAt = "last_seen_at"
  }
}

/// What a model takes and gives.
public struct ModelSignature: Codable, Hashable, Sendable {
  /// One input or output.
  public struct Tensor: Codable, Hashable, Sendable {
    /// Its name.
    public var name: String
    /// The Open Inference Protocol's name of its type, for example `FP32`.
    public var datatype: String
    /// Its dimensions, −1 for those of any size; nil if it may have any number of them.
    public var shape: [Int]?

    /// Describes an input or output.
    public init(name: String, datatype: String, shape: [Int]?) {
      self.name = name
      self.datatype = datatype
      self.shape = shape
    }
  }

  /// What it takes.
  public var inputs: [Tensor]
  /// What it gives.
  public var outputs: [Tensor]

  /// Describes what a model takes and gives.
  public init(inputs: [Tensor], outputs: [Tensor]) {
    self.inputs = inputs
    self.outputs = outputs
  }
}

/// What `models.list` answers.
public struct ModelVersionList: Codable, Hashable, Sendable {
  /// The versions, by model, the highest first.
  public var versions: [ModelVersion]

  /// Makes a list.
  public init(versions: [ModelVersion]) {
    self.versions = versions
  }
}
