/// How a model's requests that name no version are shared out among its versions.
public struct RouteSpecification: Codable, Hashable, Sendable {
  /// A version that answers.
  public struct Variant: Codable, Hashable, Sendable {
    /// The version's name.
    public var version: String
    /// Its weight beside the others', a number from 0 to 1,000,000 as text, for example `90` or `0.5`.
    public var weight: String

    /// Gives a version a weight.
    public init(version: String, weight: String) {
      self.version = version
      self.weight = weight
    }
  }

  /// A version that gets copies, whose answers nobody waits for.
  public struct Shadow: Codable, Hashable, Sendable {
    /// The version's name.
    public var version: String
    /// The share of the routed requests that is copied to it, above 0 and up to 1.
    public var share: Double

    /// Has a share copied, by default all.
    public init(version: String, share: Double = 1) {
      self.version = version
      self.share = share
    }
  }

  /// The versions that answer.
  public var variants: [Variant]
  /// Whether requests without a key stay with one version as long as they come from the same client.
  public var sticky: Bool?
  /// The versions that get copies.
  public var shadows: [Shadow]?
  /// Whether the share of a version without workers falls to the others.
  public var fallback: Bool?

  /// Says how requests are shared out.
  public init(variants: [Variant], sticky: Bool? = nil, shadows: [Shadow]? = nil, fallback: Bool? = nil) {
    self.variants = variants
    self.sticky = sticky
    self.shadows = shadows
    self.fallback = fallback
  }
}

/// What `routes.set` takes.
public struct RouteAssignment: Codable, Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// The route it is to have.
  public var route: RouteSpecification
  /// Who wants it, for the record, as `user@host`.
  public var by: String?
  /// Why, for the record.
  public var reason: String?

  /// Gives a model a route.
  public init(model: String, route: RouteSpecification, by: String? = nil, reason: String? = nil) {
    self.model = model
    self.route = route
    self.by = by
    self.reason = reason
  }
}

/// What `routes.remove` and `routes.rollback` take.
public struct RouteOrder: Codable, Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// For `routes.rollback`: the epoch whose route is to be in force again; nil for the one before the present.
  public var epoch: Int?
  /// Who wants it, for the record, as `user@host`.
  public var by: String?
  /// Why, for the record.
  public var reason: String?

  /// Names a model's route.
  public init(model: String, epoch: Int? = nil, by: String? = nil, reason: String? = nil) {
    self.model = model
    self.epoch = epoch
    self.by = by
    self.reason = reason
  }
}

/// A change of a model's route, as `routes.set`, `routes.remove` and `routes.rollback` answer it.
public struct RouteChange: Codable, Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// Which change of the model's route it is, from 1.
  public var epoch: Int
  /// The route from then on; nil if it was taken away.
  public var route: RouteSpecification?
  /// When, in seconds since 1970.
  public var at: Double
  /// Who wanted it.
  public var by: String
  /// Why; nil if nobody said.
  public var reason: String?

  /// Describes a change.
  public init(
    model: String, epoch: Int, route: RouteSpecification?, at: Double, by: String, reason: String? = nil
  ) {
    self.model = model
    self.epoch = epoch
    self.route = route
    self.at = at
    self.by = by
    self.reason = reason
  }
}

/// What `routes.show` and `routes.history` answer.
public struct RouteChangeList: Codable, Hashable, Sendable {
  /// The changes; of `routes.show` the last one of each model, of `routes.history` all, the last one last.
  public var changes: [RouteChange]

  /// Makes a list.
  public init(changes: [RouteChange]) {
    self.changes = changes
  }
}
