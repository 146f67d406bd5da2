import GRDB

/// The part of the schema about predictions and feedback.
enum FeedbackMigrations {
  static func makeFeedback(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE observed_model (
          model TEXT NOT NULL PRIMARY KEY,
          output TEXT,
          kept_predictions INTEGER NOT NULL,
          kept_seconds REAL NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE prediction (
          id INTEGER PRIMARY KEY,
          model TEXT NOT NULL,
          version TEXT NOT NULL,
          epoch INTEGER NOT NULL,
          predicted TEXT NOT NULL,
          made_at REAL NOT NULL
        ) STRICT;
        CREATE INDEX prediction_by_age ON prediction (model, made_at);
        CREATE TABLE feedback (
          id INTEGER PRIMARY KEY,
          model TEXT NOT NULL,
          version TEXT NOT NULL,
          epoch INTEGER NOT NULL,
          predicted TEXT NOT NULL,
          made_at REAL NOT NULL,
          truth TEXT NOT NULL,
          given_at REAL NOT NULL
        ) STRICT;
        CREATE INDEX feedback_by_model ON feedback (model, given_at);
        """)
  }
}
