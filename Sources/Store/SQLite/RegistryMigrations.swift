import GRDB

/// The registry's part of the schema.
enum RegistryMigrations {
  static func makeRegistry(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE registered_version (
          model TEXT NOT NULL,
          version TEXT NOT NULL,
          path TEXT NOT NULL,
          digest TEXT NOT NULL,
          size INTEGER NOT NULL,
          signature TEXT,
          stage TEXT,
          description TEXT,
          labels TEXT NOT NULL,
          metrics TEXT NOT NULL,
          created_at REAL NOT NULL,
          updated_at REAL NOT NULL,
          PRIMARY KEY (model, version)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE model_alias (
          model TEXT NOT NULL,
          alias TEXT NOT NULL,
          version TEXT NOT NULL,
          set_at REAL NOT NULL,
          set_by TEXT NOT NULL,
          PRIMARY KEY (model, alias)
        ) STRICT, WITHOUT ROWID;
        """)
  }

  static func makeRoutes(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE route_revision (
          model TEXT NOT NULL,
          epoch INTEGER NOT NULL,
          route TEXT,
          versions TEXT NOT NULL,
          set_at REAL NOT NULL,
          set_by TEXT NOT NULL,
          reason TEXT NOT NULL,
          PRIMARY KEY (model, epoch)
        ) STRICT, WITHOUT ROWID;
        """)
  }
}
