import Foundation
import GRDB
import QueueCore

extension JobRecord {
  /// Reads a row of the table `job`. Throws ``StoreError`` `corrupt` for values that no version of this program writes.
  init(row: Row) throws {
    let id: Int64 = try row.decode(forColumn: "id")
    self.init(
      id: JobID(id), job: try NewJob(row: row),
      state: try Self.value("state", of: row),
      checkpoint: JobCheckpoint(
        chunks: try Self.count("chunks", of: row),
        lines: try Self.count("lines", of: row),
        inputOffset: try Self.count("input_offset", of: row),
        outputLength: try Self.count("output_length", of: row),
        errorsLength: try Self.count("errors_length", of: row),
        predictedRows: try Self.count("predicted_rows", of: row),
        failedRows: try Self.count("failed_rows", of: row)))
    self.message = try row.decode(forColumn: "message")
    self.cancelRequested = try row.decode(forColumn: "cancel_requested")
    self.pauseRequested = try row.decode(forColumn: "pause_requested")
    self.fence = try Self.count("fence", of: row)
    if let runner: String = try row.decode(forColumn: "runner") {
      self.lease = JobLease(runner: runner, until: try row.decode(forColumn: "lease_until"))
    }
    self.wasAbandoned = try row.decode(forColumn: "was_abandoned")
    self.attempt = try row.decode(forColumn: "attempt")
    self.retryAt = try row.decode(forColumn: "retry_at")
    self.version = try row.decode(forColumn: "version")
    self.digest = try row.decode(forColumn: "digest")
    if let attempt: Int = try row.decode(forColumn: "checkpoint_attempt") {
      self.checkpointOrigin = CheckpointOrigin(
        attempt: attempt, fence: try Self.count("checkpoint_fence", of: row))
    }
    self.contributions = try StoredText.decode(JobContributions.self, "contributions", of: row)
    self.rate = JobRate(
      rowsPerSecond: try row.decode(forColumn: "rows_per_second"),
      bytesPerSecond: try row.decode(forColumn: "bytes_per_second"))
    self.isLate = try row.decode(forColumn: "is_late")
    self.startedAt = try row.decode(forColumn: "started_at")
    self.finishedAt = try row.decode(forColumn: "finished_at")
    self.notification = try Self.value("notification", of: row)
    self.revision = try row.decode(forColumn: "revision")
  }

  mutating func apply(_ update: JobUpdate) {
    if let state = update.state { self.state = state }
    switch update.message {
    case .some(.some(let message)): self.message = message
    case .some(.none): self.message = nil
    case nil: break
    }
    if let cancelRequested = update.cancelRequested { self.cancelRequested = cancelRequested }
    if let until = update.leaseUntil { self.lease?.until = until }
    if let attempt = update.attempt { self.attempt = attempt }
    if let version = update.version { self.version = version }
    if let digest = update.digest { self.digest = digest }
    if let checkpoint = update.checkpoint {
      self.checkpoint = checkpoint
      self.checkpointOrigin = CheckpointOrigin(attempt: self.attempt, fence: self.fence)
    }
    if let contributions = update.contributions { self.contributions = contributions }
    if let rate = update.rate { self.rate = rate }
    if update.isLate == true { self.isLate = true }
    if let startedAt = update.startedAt { self.startedAt = startedAt }
    if let finishedAt = update.finishedAt { self.finishedAt = finishedAt }
  }

  /// Writes what may change of a job, under the next revision.
  mutating func save(in database: Database) throws {
    let checkpoint = self.checkpoint
    self.revision = try Self.nextRevision(in: database)
    try database.execute(
      sql: """
        UPDATE job SET
          state = ?, message = ?, cancel_requested = ?, pause_requested = ?, fence = ?, runner = ?, lease_until = ?,
          was_abandoned = ?, attempt = ?, retry_at = ?, version = ?, digest = ?, chunks = ?, lines = ?,
          input_offset = ?, output_length = ?, errors_length = ?, predicted_rows = ?, failed_rows = ?,
          checkpoint_attempt = ?, checkpoint_fence = ?, contributions = ?, rows_per_second = ?, bytes_per_second = ?,
          is_late = ?, started_at = ?, finished_at = ?, notification = ?,
          revision = ?
        WHERE id = ?
        """,
      arguments: [
        self.state.rawValue, self.message, self.cancelRequested, self.pauseRequested, Int64(bitPattern: self.fence),
        self.lease?.runner, self.lease?.until, self.wasAbandoned, self.attempt, self.retryAt, self.version,
        self.digest, Int64(bitPattern: checkpoint.chunks), Int64(bitPattern: checkpoint.lines),
        Int64(bitPattern: checkpoint.inputOffset), Int64(bitPattern: checkpoint.outputLength),
        Int64(bitPattern: checkpoint.errorsLength), Int64(bitPattern: checkpoint.predictedRows),
        Int64(bitPattern: checkpoint.failedRows), self.checkpointOrigin?.attempt,
        self.checkpointOrigin.map { Int64(bitPattern: $0.fence) }, try StoredText.encode(self.contributions),
        self.rate.rowsPerSecond, self.rate.bytesPerSecond, self.isLate, self.startedAt, self.finishedAt,
        self.notification.rawValue, self.revision, self.id.rawValue,
      ])
  }

  /// Not the greatest of all jobs plus one: that job may be deleted, and a number must not be given twice.
  static func nextRevision(in database: Database) throws -> Int64 {
    try database.execute(sql: "UPDATE job_revision SET value = value + 1")
    return try Int64.fetchOne(database, sql: "SELECT value FROM job_revision") ?? 0
  }

  static func count(_ name: String, of row: Row) throws -> UInt64 {
    UInt64(bitPattern: try row.decode(Int64.self, forColumn: name))
  }

  static func value<Value: RawRepresentable<String>>(_ name: String, of row: Row) throws -> Value {
    let text: String = try row.decode(forColumn: name)
    guard let value = Value(rawValue: text) else {
      throw StoreError(.corrupt, "a job has the \(name) '\(text)', which is none")
    }
    return value
  }
}

extension NewJob {
  init(row: Row) throws {
    self.init(
      model: try row.decode(forColumn: "model"),
      requestedVersion: try row.decode(forColumn: "requested_version"),
      input: try row.decode(forColumn: "input"),
      output: try row.decode(forColumn: "output"),
      errors: try row.decode(forColumn: "errors"),
      overwrite: try row.decode(forColumn: "overwrite"),
      batchSize: try row.decode(forColumn: "batch_size"),
      chunkBytes: try row.decode(forColumn: "chunk_bytes"),
      inputFingerprint: FileFingerprint(
        size: try JobRecord.count("input_size", of: row),
        modifiedNanoseconds: try row.decode(forColumn: "input_modified_nanoseconds"),
        inode: try JobRecord.count("input_inode", of: row)),
      createdAt: try row.decode(forColumn: "created_at"),
      options: try StoredText.decode(JobOptions.self, "options", of: row))
  }

  /// Writes a new row, queued, under the next revision.
  func insert(in database: Database) throws -> JobID {
    try database.execute(
      sql: """
        INSERT INTO job (
          model, requested_version, input, output, errors, overwrite, batch_size, chunk_bytes, input_size,
          input_modified_nanoseconds, input_inode, created_at, state, options, idempotency_key, expires_at,
          retention_seconds, retry_of, contributions, revision
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        self.model, self.requestedVersion, self.input, self.output, self.errors, self.overwrite, self.batchSize,
        self.chunkBytes, Int64(bitPattern: self.inputFingerprint.size), self.inputFingerprint.modifiedNanoseconds,
        Int64(bitPattern: self.inputFingerprint.inode), self.createdAt, JobRecord.State.queued.rawValue,
        try StoredText.encode(self.options), self.options.idempotencyKey, self.options.expiresAt,
        self.options.retentionSeconds, self.options.retryOf, try StoredText.encode(JobContributions()),
        try JobRecord.nextRevision(in: database),
      ])
    return JobID(database.lastInsertedRowID)
  }
}

/// Values that stand in a column as JSON.
enum StoredText {
  static func decode<Value: Decodable>(_ type: Value.Type, _ column: String, of row: Row) throws -> Value {
    let text: String = try row.decode(forColumn: column)
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch {
      throw StoreError(.corrupt, "the \(column) of a job cannot be read: \(text)", cause: error)
    }
  }

  static func encode<Value: Encodable>(_ value: Value) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
