import GRDB

/// The schema, as numbered steps that are never changed once they are released.
enum Migrations {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1", migrate: Self.makeJobsAndVersions)
    migrator.registerMigration("2", migrate: Self.addJobOptions)
    migrator.registerMigration("3", migrate: RegistryMigrations.makeRegistry)
    migrator.registerMigration("4", migrate: RegistryMigrations.makeRoutes)
    migrator.registerMigration("5", migrate: FeedbackMigrations.makeFeedback)
    migrator.registerMigration("6", migrate: RolloutMigrations.makeRollouts)
    migrator.registerMigration("capture", migrate: CaptureMigrations.makeCapture)
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
    let options = try StoredText.encode(JobOptions())
    let contributions = try StoredText.encode(JobContributions())
    try database.execute(
      sql: """
        ALTER TABLE job ADD COLUMN options TEXT NOT NULL DEFAULT '';
        ALTER TABLE job ADD COLUMN idempotency_key TEXT;
        ALTER TABLE job ADD COLUMN expires_at REAL;
        ALTER TABLE job ADD COLUMN retention_seconds REAL;
        ALTER TABLE job ADD COLUMN retry_of INTEGER;
        ALTER TABLE job ADD COLUMN pause_requested INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE job ADD COLUMN runner TEXT;
        ALTER TABLE job ADD COLUMN lease_until REAL;
        ALTER TABLE job ADD COLUMN was_abandoned INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE job ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE job ADD COLUMN retry_at REAL;
        ALTER TABLE job ADD COLUMN checkpoint_attempt INTEGER;
        ALTER TABLE job ADD COLUMN checkpoint_fence INTEGER;
        ALTER TABLE job ADD COLUMN contributions TEXT NOT NULL DEFAULT '';
        ALTER TABLE job ADD COLUMN rows_per_second REAL NOT NULL DEFAULT 0;
        ALTER TABLE job ADD COLUMN bytes_per_second REAL NOT NULL DEFAULT 0;
        ALTER TABLE job ADD COLUMN is_late INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE job ADD COLUMN notification TEXT NOT NULL DEFAULT 'none';
        ALTER TABLE job ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
        CREATE UNIQUE INDEX job_by_key ON job (idempotency_key) WHERE idempotency_key IS NOT NULL;
        CREATE INDEX job_by_revision ON job (revision);
        CREATE INDEX job_by_parent ON job (retry_of) WHERE retry_of IS NOT NULL;
        CREATE INDEX job_to_notify ON job (id) WHERE notification = 'pending';
        CREATE TABLE job_event (
          seq INTEGER PRIMARY KEY AUTOINCREMENT,
          job INTEGER NOT NULL,
          model TEXT NOT NULL,
          version TEXT,
          kind TEXT NOT NULL,
          state TEXT NOT NULL,
          message TEXT,
          rows INTEGER NOT NULL,
          failed_rows INTEGER NOT NULL,
          at REAL NOT NULL
        ) STRICT;
        CREATE TABLE job_revision (value INTEGER NOT NULL) STRICT;
        """)
    try database.execute(
      sql: "UPDATE job SET options = ?, contributions = ?, revision = id", arguments: [options, contributions])
    try database.execute(sql: "INSERT INTO job_revision SELECT coalesce(max(id), 0) FROM job")
  }
}
