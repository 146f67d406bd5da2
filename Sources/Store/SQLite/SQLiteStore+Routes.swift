import GRDB
import QueueCore

extension SQLiteStore: RouteStore {
  /// Remembers a change of a model's route.
  public func appendRoute(_ revision: RouteRevision) async throws(StoreError) {
    try await self.write { database in
      for version in revision.versions where try !Self.isKnown(revision.model, version, in: database) {
        throw StoreError.noVersion(revision.model, version)
      }
      let last = try Int64.fetchOne(
        database, sql: "SELECT max(epoch) FROM route_revision WHERE model = ?", arguments: [revision.model])
      guard Int64(revision.epoch) == (last ?? 0) + 1 else {
        throw StoreError(
          .outdated, "the route of \(revision.model) is at epoch \(last ?? 0), and \(revision.epoch) is not the next")
      }
      try database.execute(
        sql: """
          INSERT INTO route_revision (model, epoch, route, versions, set_at, set_by, reason)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          revision.model, Int64(revision.epoch), try revision.route.map(JSONText.text),
          try JSONText.text(revision.versions), revision.setAt, revision.setBy, revision.reason,
        ])
    }
  }

  /// Forgets the last change of a model's route.
  public func takeBackRoute(model: String, epoch: UInt32) async throws(StoreError) {
    try await self.write { database in
      try database.execute(
        sql: """
          DELETE FROM route_revision WHERE model = ?1 AND epoch = ?2
            AND epoch = (SELECT max(epoch) FROM route_revision WHERE model = ?1)
          """,
        arguments: [model, Int64(epoch)])
    }
  }

  /// Every change of a model's route, or of all models' routes.
  public func routeRevisions(of model: String?) async throws(StoreError) -> [RouteRevision] {
    try await self.read { database in
      guard let model else {
        return try Row.fetchAll(database, sql: "SELECT * FROM route_revision ORDER BY model, epoch")
          .map(RouteRevision.init(row:))
      }
      return try Row.fetchAll(
        database, sql: "SELECT * FROM route_revision WHERE model = ? ORDER BY epoch", arguments: [model]
      ).map(RouteRevision.init(row:))
    }
  }

  /// The last change of every model's route.
  public func presentRoutes() async throws(StoreError) -> [RouteRevision] {
    try await self.read { database in try Self.presentRoutes(in: database) }
  }

  private static func presentRoutes(in database: Database) throws -> [RouteRevision] {
    try Row.fetchAll(
      database,
      sql: """
        SELECT * FROM route_revision AS last
        WHERE epoch = (SELECT max(epoch) FROM route_revision WHERE model = last.model) ORDER BY model
        """
    ).map(RouteRevision.init(row:))
  }

  /// Throws `inUse` if a model's route names the version.
  static func expectUnrouted(_ model: String, _ version: String, in database: Database) throws {
    guard let present = try Self.presentRoutes(in: database).first(where: { $0.model == model }),
      present.versions.contains(version)
    else { return }
    throw StoreError(.inUse, "\(model)@\(version) is in the route of \(model), epoch \(present.epoch)")
  }
}

extension RouteRevision {
  /// Reads a row of the table `route_revision`.
  init(row: Row) throws {
    let text: String? = try row.decode(forColumn: "route")
    self.init(
      model: try row.decode(forColumn: "model"), epoch: try row.decode(forColumn: "epoch"),
      route: try text.map { try JSONText.value($0, what: "route") },
      setAt: try row.decode(forColumn: "set_at"), setBy: try row.decode(forColumn: "set_by"),
      reason: try row.decode(forColumn: "reason"))
  }
}
