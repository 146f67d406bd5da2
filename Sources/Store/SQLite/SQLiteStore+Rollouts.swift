import GRDB
public import QueueCore

extension SQLiteStore: RolloutStore {
  /// Remembers a new rollout and gives it its number.
  public func insertRollout(_ rollout: StoredRollout) async throws(StoreError) -> Int64 {
    try await self.write { database in
      let present = try Int64.fetchOne(
        database, sql: "SELECT id FROM rollout WHERE model = ? AND NOT is_over", arguments: [rollout.model])
      if let present {
        throw StoreError(.inUse, "model \"\(rollout.model)\" has a rollout that is not over, number \(present)")
      }
      try database.execute(
        sql: "INSERT INTO rollout (model, snapshot, is_over, started_at, started_by) VALUES (?, ?, ?, ?, ?)",
        arguments: [
          rollout.model, try JSONText.text(rollout.snapshot), rollout.isOver, rollout.startedAt, rollout.startedBy,
        ])
      return database.lastInsertedRowID
    }
  }

  /// Remembers a rollout's state together with what has happened.
  public func saveRollout(
    _ id: Int64, snapshot: RolloutSnapshot, isOver: Bool, records: [RolloutRecord]
  ) async throws(StoreError) {
    try await self.write { database in
      try database.execute(
        sql: "UPDATE rollout SET snapshot = ?, is_over = ? WHERE id = ?",
        arguments: [try JSONText.text(snapshot), isOver, id])
      for record in records {
        try database.execute(
          sql: """
            INSERT OR IGNORE INTO rollout_record (rollout, number, at_milliseconds, kind, step, detail)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
          arguments: [
            id, Int64(bitPattern: record.number), Int64(bitPattern: record.at.milliseconds), record.kind.rawValue,
            record.step, record.detail,
          ])
      }
    }
  }

  /// The rollouts of a model, or of all models.
  public func rollouts(of model: String?) async throws(StoreError) -> [StoredRollout] {
    try await self.read { database in
      try Row.fetchAll(
        database, sql: "SELECT * FROM rollout WHERE ?1 IS NULL OR model = ?1 ORDER BY id", arguments: [model]
      ).map { row in
        StoredRollout(
          id: try row.decode(forColumn: "id"), model: try row.decode(forColumn: "model"),
          snapshot: try JSONText.value(try row.decode(forColumn: "snapshot"), what: "rollout"),
          isOver: try row.decode(forColumn: "is_over"), startedAt: try row.decode(forColumn: "started_at"),
          startedBy: try row.decode(forColumn: "started_by"))
      }
    }
  }

  /// What has happened in a rollout.
  public func rolloutRecords(_ id: Int64) async throws(StoreError) -> [RolloutRecord] {
    try await self.read { database in
      try Row.fetchAll(
        database, sql: "SELECT * FROM rollout_record WHERE rollout = ? ORDER BY number", arguments: [id]
      ).map { row in
        let name: String = try row.decode(forColumn: "kind")
        guard let kind = RolloutRecord.Kind(rawValue: name) else {
          throw StoreError(.corrupt, "rollout \(id) has a record of kind '\(name)', which is none")
        }
        return RolloutRecord(
          number: UInt64(bitPattern: try row.decode(Int64.self, forColumn: "number")),
          at: WallTime(milliseconds: UInt64(bitPattern: try row.decode(Int64.self, forColumn: "at_milliseconds"))),
          kind: kind, step: try row.decode(forColumn: "step"), detail: try row.decode(forColumn: "detail"))
      }
    }
  }
}
