import GRDB

extension SQLiteStore: MetadataStore {
  /// Remembers a new job, queued, and gives it its number.
  public func insertJob(_ job: NewJob) async throws(StoreError) -> JobRecord {
    try await self.write { database in
      try database.execute(
        sql: """
          INSERT INTO job (
            model, requested_version, input, output, errors, overwrite, batch_size, chunk_bytes, input_size,
            input_modified_nanoseconds, input_inode, created_at, state, options
          ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          job.model, job.requestedVersion, job.input, job.output, job.errors, job.overwrite, job.batchSize,
          job.chunkBytes, Int64(bitPattern: job.inputFingerprint.size), job.inputFingerprint.modifiedNanoseconds,
          Int64(bitPattern: job.inputFingerprint.inode), job.createdAt, JobRecord.State.queued.rawValue,
          try job.options.text,
        ])
      return try Self.existingJob(JobID(database.lastInsertedRowID), in: database)
    }
  }

  /// The job of this number, or nil.
  public func job(_ id: JobID) async throws(StoreError) -> JobRecord? {
    try await self.read { database in try Self.job(id, in: database) }
  }

  /// The jobs in these states, in the order of their submission; all jobs for nil.
  public func jobs(in states: Set<JobRecord.State>?) async throws(StoreError) -> [JobRecord] {
    try await self.read { database in
      guard let states else {
        return try Row.fetchAll(database, sql: "SELECT * FROM job ORDER BY id").map(JobRecord.init(row:))
      }
      let marks = databaseQuestionMarks(count: states.count)
      return try Row.fetchAll(
        database, sql: "SELECT * FROM job WHERE state IN (\(marks)) ORDER BY id",
        arguments: StatementArguments(states.map(\.rawValue))
      ).map(JobRecord.init(row:))
    }
  }

  /// Counts the job's fence up and returns the job with it.
  ///
  /// Throws `notFound` or `finished`.
  public func claimJob(_ id: JobID) async throws(StoreError) -> JobRecord {
    try await self.write { database in
      _ = try Self.changeableJob(id, fence: nil, in: database)
      try database.execute(sql: "UPDATE job SET fence = fence + 1 WHERE id = ?", arguments: [id.rawValue])
      return try Self.existingJob(id, in: database)
    }
  }

  /// Changes a job, all or nothing, and returns it as it is then.
  ///
  /// Throws `notFound`, `finished` or `fenced`.
  @discardableResult
  public func updateJob(
    _ id: JobID, fence: UInt64?, _ update: JobUpdate
  ) async throws(StoreError) -> JobRecord {
    try await self.write { database in
      var record = try Self.changeableJob(id, fence: fence, in: database)
      record.apply(update)
      try record.save(in: database)
      return record
    }
  }

  private static func job(_ id: JobID, in database: Database) throws -> JobRecord? {
    try Row.fetchOne(database, sql: "SELECT * FROM job WHERE id = ?", arguments: [id.rawValue])
      .map(JobRecord.init(row:))
  }

  private static func existingJob(_ id: JobID, in database: Database) throws -> JobRecord {
    guard let job = try Self.job(id, in: database) else { throw StoreError.noJob(id) }
    return job
  }

  private static func changeableJob(_ id: JobID, fence: UInt64?, in database: Database) throws -> JobRecord {
    let job = try Self.existingJob(id, in: database)
    if let fence, fence != job.fence {
      throw StoreError(.fenced, "job \(id) was claimed by another runner (fence \(job.fence), not \(fence))")
    }
    guard !job.state.isFinal else { throw StoreError(.finished, "job \(id) has \(job.state.rawValue) already") }
    return job
  }
}
