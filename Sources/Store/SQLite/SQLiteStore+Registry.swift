import GRDB

extension SQLiteStore: RegistryStore {
  /// Registers a version, or takes over what is new about one with the same digest.
  public func register(_ version: RegisteredVersion) async throws(StoreError) -> RegisteredVersion {
    try await self.write { database in
      if let alias = try Self.alias(version.model, version.version, in: database) {
        throw StoreError(
          .nameTaken,
          "\"\(version.version)\" is an alias of \(version.model)@\(alias.version), and no version can have its name")
      }
      var record = version
      record.details = VersionDetails()
      if let known = try Self.registered(version.model, version.version, in: database) {
        guard known.digest == version.digest else {
          throw StoreError(
            .digestDiffers,
            "\(version.model)@\(version.version) is registered with digest \(known.digest), "
              + "\(version.path) has \(version.digest)")
        }
        record.details = known.details
        record.createdAt = known.createdAt
        record.signature = version.signature ?? known.signature
      }
      record.details.merge(version.details)
      try record.save(in: database)
      return record
    }
  }

  /// Changes what people say about a version.
  public func updateVersion(
    model: String, version: String, details: VersionDetails, at time: Double
  ) async throws(StoreError) -> RegisteredVersion {
    try await self.write { database in
      guard var record = try Self.registered(model, version, in: database) else {
        throw StoreError(.notFound, "\(model)@\(version) is not registered")
      }
      record.details.merge(details)
      record.updatedAt = time
      try record.save(in: database)
      return record
    }
  }

  /// The registered versions of a model, or of all models.
  public func registeredVersions(of model: String?) async throws(StoreError) -> [RegisteredVersion] {
    try await self.read { database in
      guard let model else {
        return try Row.fetchAll(database, sql: "SELECT * FROM registered_version").map(RegisteredVersion.init(row:))
      }
      return try Row.fetchAll(database, sql: "SELECT * FROM registered_version WHERE model = ?", arguments: [model])
        .map(RegisteredVersion.init(row:))
    }
  }

  /// Forgets that a version was registered and that it was seen.
  public func forgetVersion(model: String, version: String) async throws(StoreError) {
    try await self.write { database in
      let aliases = try String.fetchAll(
        database, sql: "SELECT alias FROM model_alias WHERE model = ? AND version = ? ORDER BY alias",
        arguments: [model, version])
      guard aliases.isEmpty else {
        throw StoreError(.inUse, "\(model)@\(version) has the alias \(aliases.joined(separator: ", "))")
      }
      try Self.expectUnrouted(model, version, in: database)
      var forgotten = 0
      for table in ["registered_version", "model_version"] {
        try database.execute(
          sql: "DELETE FROM \(table) WHERE model = ? AND version = ?", arguments: [model, version])
        forgotten += database.changesCount
      }
      guard forgotten > 0 else { throw StoreError.noVersion(model, version) }
    }
  }

  /// Sets an alias, or moves it.
  public func setAlias(_ alias: ModelAlias) async throws(StoreError) -> ModelAlias {
    try await self.write { database in
      guard try Self.isKnown(alias.model, alias.version, in: database) else {
        throw StoreError.noVersion(alias.model, alias.version)
      }
      guard try !Self.isKnown(alias.model, alias.alias, in: database) else {
        throw StoreError(
          .nameTaken, "\"\(alias.alias)\" is the name of a version of \(alias.model), and no alias can have it")
      }
      try database.execute(
        sql: "INSERT OR REPLACE INTO model_alias (model, alias, version, set_at, set_by) VALUES (?, ?, ?, ?, ?)",
        arguments: [alias.model, alias.alias, alias.version, alias.setAt, alias.setBy])
      return alias
    }
  }

  /// Removes an alias.
  public func removeAlias(model: String, alias: String) async throws(StoreError) -> ModelAlias {
    try await self.write { database in
      guard let known = try Self.alias(model, alias, in: database) else {
        throw StoreError(.notFound, "\(model) has no alias \"\(alias)\"")
      }
      try database.execute(
        sql: "DELETE FROM model_alias WHERE model = ? AND alias = ?", arguments: [model, alias])
      return known
    }
  }

  /// All aliases, by model and alias.
  public func aliases() async throws(StoreError) -> [ModelAlias] {
    try await self.read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM model_alias ORDER BY model, alias").map(ModelAlias.init(row:))
    }
  }

  // MARK: Helpers of the above

  private static func registered(
    _ model: String, _ version: String, in database: Database
  ) throws -> RegisteredVersion? {
    try Row.fetchOne(
      database, sql: "SELECT * FROM registered_version WHERE model = ? AND version = ?", arguments: [model, version]
    ).map(RegisteredVersion.init(row:))
  }

  private static func alias(_ model: String, _ alias: String, in database: Database) throws -> ModelAlias? {
    try Row.fetchOne(
      database, sql: "SELECT * FROM model_alias WHERE model = ? AND alias = ?", arguments: [model, alias]
    ).map(ModelAlias.init(row:))
  }

  /// Whether a version was registered or seen.
  static func isKnown(_ model: String, _ version: String, in database: Database) throws -> Bool {
    try Bool.fetchOne(
      database,
      sql: """
        SELECT EXISTS (SELECT 1 FROM registered_version WHERE model = ?1 AND version = ?2)
          OR EXISTS (SELECT 1 FROM model_version WHERE model = ?1 AND version = ?2)
        """,
      arguments: [model, version]) ?? false
  }
}

extension StoreError {
  static func noVersion(_ model: String, _ version: String) -> StoreError {
    StoreError(.notFound, "there is no \(model)@\(version)")
  }
}
