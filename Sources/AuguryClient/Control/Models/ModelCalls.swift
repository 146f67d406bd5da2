/// What `models.register` and `models.update` take.
public struct ModelRegistration: Codable, Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// The version's name.
  public var version: String
  /// The artifact's absolute path, on the broker's machine and wherever workers are started from the registry.
  /// Needed by `models.register`, no argument of `models.update`.
  public var path: String?
  /// Where it is in its life, one word; empty removes it, nil leaves it.
  public var stage: String?
  /// What it is; empty removes it, nil leaves it.
  public var description: String?
  /// What to find it by; an empty value removes a label, those not named stay.
  public var labels: [String: String]?
  /// How good it is; those not named stay.
  public var metrics: [String: Double]?

  /// Describes a version.
  public init(
    model: String, version: String, path: String? = nil, stage: String? = nil, description: String? = nil,
    labels: [String: String]? = nil, metrics: [String: Double]? = nil
  ) {
    self.model = model
    self.version = version
    self.path = path
    self.stage = stage
    self.description = description
    self.labels = labels
    self.metrics = metrics
  }
}

/// What `models.list` takes.
public struct ModelFilter: Codable, Hashable, Sendable {
  /// Versions of this model; nil for all.
  public var model: String?

  /// Describes a choice; without arguments, of every version.
  public init(model: String? = nil) {
    self.model = model
  }
}

/// What `models.show` and `models.delete` take.
public struct ModelVersionReference: Codable, Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// The version's name; for `models.show` an alias will do.
  public var version: String

  /// Names a version.
  public init(model: String, version: String) {
    self.model = model
    self.version = version
  }
}

/// What `models.alias` takes and answers.
public struct AliasAssignment: Codable, Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// The alias, for example `champion`.
  public var alias: String
  /// The version that it is to stand for.
  public var version: String
  /// Who wants it, for the record, as `user@host`.
  public var by: String?

  /// Names a version anew.
  public init(model: String, alias: String, version: String, by: String? = nil) {
    self.model = model
    self.alias = alias
    self.version = version
    self.by = by
  }
}

/// What `models.unalias` takes.
public struct AliasReference: Codable, Hashable, Sendable {
  /// The model's name.
  public var model: String
  /// The alias.
  public var alias: String

  /// Names an alias.
  public init(model: String, alias: String) {
    self.model = model
    self.alias = alias
  }
}
