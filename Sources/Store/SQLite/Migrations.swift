import GRDB

/// The schema, as numbered steps that are never changed once they are released.
enum Migrations {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1", migrate: Self.makeJobsAndVersions)
    migrator.registerMigration("2", migrate: Self.addJobOptions)
    migrator.registerMigration("3", migrate: RegistryMigrations.makeRegistry)
    return migrator
  }

  private static func makeJobsAndVersions(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE job (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          model TEXT NOT NULL,
          requested_version TEXT,
          input TEXT NOT NULL,
          output TEXT NOT NULL,
          errors TEXT NOT NULL,
          overwrite INTEGER NOT NULL,
          batch_size INTEGER NOT NULL,
          chunk_bytes INTEGER NOT NULL,
          input_size INTEGER NOT NULL,
          input_modified_nanoseconds INTEGER NOT NULL,
          input_inode INTEGER NOT NULL,
          created_at REAL NOT NULL,
          state TEXT NOT NULL,
          message TEXT,
          cancel_requested INTEGER NOT NULL DEFAULT 0,
          fence INTEGER NOT NULL DEFAULT 0,
          version TEXT,
          digest TEXT,
          chunks INTEGER NOT NULL DEFAULT 0,
          lines INTEGER NOT NULL DEFAULT 0,
          input_offset INTEGER NOT NULL DEFAULT 0,
          output_length INTEGER NOT NULL DEFAULT 0,
          errors_length INTEGER NOT NULL DEFAULT 0,
          predicted_rows INTEGER NOT NULL DEFAULT 0,
          failed_rows INTEGER NOT NULL DEFAULT 0,
          started_at REAL,
          finished_at REAL
        ) STRICT;
        CREATE INDEX job_by_state ON job (state, id);
        CREATE TABLE model_version (
          model TEXT NOT NULL,
          version TEXT NOT NULL,
          digest TEXT,
          signature TEXT NOT NULL,
          first_seen_at REAL NOT NULL,
          last_seen_at REAL NOT NULL,
          PRIMARY KEY (model, version)
        ) STRICT, WITHOUT ROWID;
        """)
  }

  private static func addJobOptions(_ database: Database) throws {
    let defaults = try JobOptions().text
    try database.execute(sql: "ALTER TABLE job ADD COLUMN options TEXT NOT NULL DEFAULT ''")
    try database.execute(sql: "UPDATE job SET options = ?", arguments: [defaults])
  }
}
