import GRDB
import Glibc
import QueueCore

/// What happened to jobs, and who has still to hear of it.
extension SQLiteStore {
  /// What happened to jobs after an event, in its order, at most so much of it.
  public func jobEvents(after sequence: Int64, limit: Int) async throws(StoreError) -> [JobEventRecord] {
    try await self.read { database in
      try Row.fetchAll(
        database, sql: "SELECT * FROM job_event WHERE seq > ? ORDER BY seq LIMIT ?", arguments: [sequence, limit]
      ).map(JobEventRecord.init(row:))
    }
  }

  /// The sequence number of the latest event; 0 if there is none.
  public func latestJobEvent() async throws(StoreError) -> Int64 {
    try await self.read { database in try Int64.fetchOne(database, sql: "SELECT max(seq) FROM job_event") ?? 0 }
  }

  /// Jobs that have ended and whose word about it is to be sent, in the order of submission.
  public func jobsAwaitingNotification(limit: Int) async throws(StoreError) -> [JobRecord] {
    try await self.read { database in
      try Row.fetchAll(
        database, sql: "SELECT * FROM job WHERE notification = 'pending' ORDER BY id LIMIT ?", arguments: [limit]
      ).map(JobRecord.init(row:))
    }
  }

  /// Remembers what became of the word about a job's end.
  ///
  /// Throws `notFound`.
  public func recordNotification(
    _ id: JobID, _ notification: JobRecord.Notification
  ) async throws(StoreError) {
    try await self.write { database in
      var job = try Self.existingJob(id, in: database)
      job.notification = notification
      try job.save(in: database)
    }
  }
}

extension JobEventRecord {
  /// Events that are remembered; whoever falls further behind misses some.
  static let kept = 10_000

  init(row: Row) throws {
    self.init(
      sequence: try row.decode(forColumn: "seq"), job: JobID(try row.decode(forColumn: "job")),
      model: try row.decode(forColumn: "model"), version: try row.decode(forColumn: "version"),
      kind: try row.decode(forColumn: "kind"), state: try JobRecord.value("state", of: row),
      message: try row.decode(forColumn: "message"), rows: try JobRecord.count("rows", of: row),
      failedRows: try JobRecord.count("failed_rows", of: row), at: try row.decode(forColumn: "at"))
  }
}

extension JobRecord {
  func appendEvent(_ kind: String, in database: Database) throws {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    try database.execute(
      sql: """
        INSERT INTO job_event (job, model, version, kind, state, message, rows, failed_rows, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        self.id.rawValue, self.job.model, self.version ?? self.job.requestedVersion, kind, self.state.rawValue,
        self.message, Int64(bitPattern: self.checkpoint.rows), Int64(bitPattern: self.checkpoint.failedRows),
        Double(time.tv_sec) + Double(time.tv_nsec) / 1e9,
      ])
    let oldest = database.lastInsertedRowID - Int64(JobEventRecord.kept)
    try database.execute(sql: "DELETE FROM job_event WHERE seq <= ?", arguments: [oldest])
  }

  func delete(in database: Database) throws {
    try self.appendEvent(JobEventRecord.deleted, in: database)
    try database.execute(sql: "DELETE FROM job WHERE id = ?", arguments: [self.id.rawValue])
  }
}
