import GRDB

extension SQLiteStore {
  /// Remembers that a version of a model was seen; what was known of it is replaced, but for when it was first seen.
  public func recordVersion(_ version: ModelVersionRecord) async throws(StoreError) {
    try await self.write { database in
      try database.execute(
        sql: """
          INSERT INTO model_version (model, version, digest, signature, first_seen_at, last_seen_at)
          VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (model, version) DO UPDATE SET
            digest = excluded.digest, signature = excluded.signature, last_seen_at = excluded.last_seen_at
          """,
        arguments: [
          version.model, version.version, version.digest, version.signature, version.firstSeenAt, version.lastSeenAt,
        ])
    }
  }

  /// All versions ever seen, by model and version.
  public func versions() async throws(StoreError) -> [ModelVersionRecord] {
    try await self.read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM model_version ORDER BY model, version").map { row in
        ModelVersionRecord(
          model: try row.decode(forColumn: "model"),
          version: try row.decode(forColumn: "version"),
          digest: try row.decode(forColumn: "digest"),
          signature: try row.decode(forColumn: "signature"),
          firstSeenAt: try row.decode(forColumn: "first_seen_at"),
          lastSeenAt: try row.decode(forColumn: "last_seen_at"))
      }
    }
  }
}
