/// How a model's requests that name no version are routed, and its versions' other names.
public struct RouteStatus: Codable, Hashable, Sendable {
  /// A version that answers.
  public struct Variant: Codable, Hashable, Sendable {
    /// The version's name.
    public var version: String
    /// Its weight, as it was set, for example `90` or `0.5`.
    public var weight: String
    /// The share of the routed requests that it answers, from 0 to 1.
    public var share: Double

    /// Makes a variant's status.
    public init(version: String, weight: String, share: Double) {
      self.version = version
      self.weight = weight
      self.share = share
    }
  }

  /// A version that gets copies.
  public struct Shadow: Codable, Hashable, Sendable {
    /// The version's name.
    public var version: String
    /// The share of the routed requests that is copied to it, from 0 to 1.
    public var share: Double
    /// What comparing its answers with those that were given has come to so far, since the broker's start.
    public var agreement: AgreementStatus

    /// Makes a shadow target's status.
    public init(version: String, share: Double, agreement: AgreementStatus = AgreementStatus()) {
      self.version = version
      self.share = share
      self.agreement = agreement
    }
  }

  /// The model's name.
  public var model: String
  /// How often the route has been set, changed or taken away.
  public var epoch: Int
  /// The versions that answer; none if the model has no route.
  public var variants: [Variant]
  /// Whether requests without a key stay with one version as long as they come from the same client.
  public var sticky: Bool
  /// Whether the share of a version without workers falls to the others.
  public var fallback: Bool
  /// The versions that get copies.
  public var shadows: [Shadow]
  /// Versions by alias.
  public var aliases: [String: String]

  /// Makes a route's status.
  public init(
    model: String, epoch: Int, variants: [Variant] = [], sticky: Bool = false, fallback: Bool = false,
    shadows: [Shadow] = [], aliases: [String: String] = [:]
  ) {
    self.model = model
    self.epoch = epoch
    self.variants = variants
    self.sticky = sticky
    self.fallback = fallback
    self.shadows = shadows
    self.aliases = aliases
  }
}

/// How often a shadow version's answers were those of the versions that answered.
public struct AgreementStatus: Codable, Hashable, Sendable {
  /// Pairs of answers that were the same within the tolerance.
  public var agreed: Int
  /// Pairs of answers that were not.
  public var differed: Int
  /// Pairs of which one side or both ended with an error.
  public var failed: Int
  /// Pairs of answers that could not be compared: too large, or not of a form that can be read.
  public var incomparable: Int
  /// Where the last pair that differed did, and how; nil while none has.
  public var lastDifference: String?

  /// Makes the counts.
  public init(
    agreed: Int = 0, differed: Int = 0, failed: Int = 0, incomparable: Int = 0, lastDifference: String? = nil
  ) {
    self.agreed = agreed
    self.differed = differed
    self.failed = failed
    self.incomparable = incomparable
    self.lastDifference = lastDifference
  }

  enum CodingKeys: String, CodingKey {
    case agreed
    case differed
    case failed
    case incomparable
    case lastDifference = "last_difference"
  }
}
