import GRDB

/// The part of the schema about progressive rollouts.
enum RolloutMigrations {
  static func makeRollouts(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE rollout (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          model TEXT NOT NULL,
          snapshot TEXT NOT NULL,
          is_over INTEGER NOT NULL,
          started_at REAL NOT NULL,
          started_by TEXT NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX rollout_under_way ON rollout (model) WHERE NOT is_over;
        CREATE TABLE rollout_record (
          rollout INTEGER NOT NULL,
          number INTEGER NOT NULL,
          at_milliseconds INTEGER NOT NULL,
          kind TEXT NOT NULL,
          step INTEGER NOT NULL,
          detail TEXT NOT NULL,
          PRIMARY KEY (rollout, number)
        ) STRICT, WITHOUT ROWID;
        """)
  }
}
