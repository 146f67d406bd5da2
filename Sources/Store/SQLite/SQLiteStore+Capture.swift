import GRDB

extension SQLiteStore: CaptureStore {
  /// Has predictions of a model captured, or changes how.
  public func setCapture(_ setting: CaptureSetting) async throws(StoreError) {
    try await self.write { database in
      try database.execute(
        sql: """
          INSERT OR REPLACE INTO capture (model, share, maximum_bytes, segment_bytes, segment_seconds)
          VALUES (?, ?, ?, ?, ?)
          """,
        arguments: [
          setting.model, setting.share, setting.maximumBytes, setting.segmentBytes, setting.segmentSeconds,
        ])
    }
  }

  /// Ends the capture of a model's predictions.
  public func removeCapture(of model: String) async throws(StoreError) -> Bool {
    try await self.write { database in
      try database.execute(sql: "DELETE FROM capture WHERE model = ?", arguments: [model])
      return database.changesCount > 0
    }
  }

  /// The models whose predictions are captured.
  public func captures() async throws(StoreError) -> [CaptureSetting] {
    try await self.read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM capture ORDER BY model").map { row in
        CaptureSetting(
          model: try row.decode(forColumn: "model"), share: try row.decode(forColumn: "share"),
          maximumBytes: try row.decode(forColumn: "maximum_bytes"),
          segmentBytes: try row.decode(forColumn: "segment_bytes"),
          segmentSeconds: try row.decode(forColumn: "segment_seconds"))
      }
    }
  }
}

/// The part of the schema about captured predictions; these themselves are in files.
enum CaptureMigrations {
  static func makeCapture(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE capture (
          model TEXT NOT NULL PRIMARY KEY,
          share REAL NOT NULL,
          maximum_bytes INTEGER NOT NULL,
          segment_bytes INTEGER NOT NULL,
          segment_seconds REAL NOT NULL
        ) STRICT, WITHOUT ROWID;
        """)
  }
}
