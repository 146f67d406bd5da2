import GRDB

extension SQLiteStore: MetadataStore {
  /// Remembers a new job, queued, and gives it its number; or returns the one with its idempotency key.
  public func insertJob(_ job: NewJob) async throws(StoreError) -> JobRecord {
    try await self.write { database in
      if let key = job.options.idempotencyKey, let known = try Self.job(withKey: key, in: database) { return known }
      let record = try Self.existingJob(try job.insert(in: database), in: database)
      try record.appendEvent(record.state.rawValue, in: database)
      return record
    }
  }

  /// The job of this number, or nil.
  public func job(_ id: JobID) async throws(StoreError) -> JobRecord? {
    try await self.read { database in try Self.job(id, in: database) }
  }

  /// The job with this idempotency key, or nil.
  public func job(withKey key: String) async throws(StoreError) -> JobRecord? {
    try await self.read { database in try Self.job(withKey: key, in: database) }
  }

  /// The jobs that are wanted, in the order of their submission.
  public func jobs(matching query: JobQuery) async throws(StoreError) -> [JobRecord] {
    try await self.read { database in
      let condition = query.condition
      // The latest ones, and among them the first one first.
      let rows = try Row.fetchAll(
        database, sql: "SELECT * FROM job \(condition.sql) ORDER BY id DESC LIMIT ?",
        arguments: condition.arguments + [query.limit ?? -1])
      return try rows.reversed().map(JobRecord.init(row:))
    }
  }

  /// Changes a job, all or nothing, and returns it as it is then.
  ///
  /// Throws `notFound`, `finished` or `fenced`.
  @discardableResult
  public func updateJob(
    _ id: JobID, fence: UInt64?, _ update: JobUpdate, isSynced: Bool
  ) async throws(StoreError) -> JobRecord {
    try await self.write(isSynced: isSynced) { database in
      try Self.change(id, fence: fence, in: database) { $0.apply(update) }
    }
  }

  /// Forgets a job that has ended and returns it as it was.
  ///
  /// Throws `notFound` or `unfinished`.
  public func deleteJob(_ id: JobID) async throws(StoreError) -> JobRecord {
    try await self.write { database in
      let job = try Self.existingJob(id, in: database)
      guard job.state.isFinal else {
        throw StoreError(.unfinished, "job \(id) is \(job.state.rawValue) and cannot be deleted before it has ended")
      }
      if let retry = try Self.retries(of: id, in: database).first(where: { !$0.state.isFinal }) {
        throw StoreError(.unfinished, "job \(id) cannot be deleted before job \(retry.id), which mends its output")
      }
      try job.delete(in: database)
      return job
    }
  }

  /// Forgets the jobs whose time of remembrance is over, and says which they were.
  public func purgeJobs(at time: Double, defaultRetentionSeconds: Double) async throws(StoreError) -> [JobID] {
    try await self.write { database in
      let marks = databaseQuestionMarks(count: JobRecord.State.unfinished.count)
      let jobs = try Row.fetchAll(
        database,
        sql: """
          SELECT * FROM job WHERE finished_at + coalesce(retention_seconds, ?) <= ? AND state NOT IN (\(marks))
            AND NOT EXISTS (SELECT 1 FROM job AS retry WHERE retry.retry_of = job.id AND retry.state IN (\(marks)))
          ORDER BY id
          """,
        arguments: [defaultRetentionSeconds, time] + Self.unfinishedNames + Self.unfinishedNames
      ).map(JobRecord.init(row:))
      for job in jobs { try job.delete(in: database) }
      return jobs.map(\.id)
    }
  }

  /// The unfinished jobs, and the one that last succeeded, among those that predict the failed rows of this one again.
  public func retries(of id: JobID) async throws(StoreError) -> [JobRecord] {
    try await self.read { database in try Self.retries(of: id, in: database) }
  }

  // MARK: Inside a transaction

  static let unfinishedNames = StatementArguments(JobRecord.State.unfinished.map(\.rawValue))

  static func job(_ id: JobID, in database: Database) throws -> JobRecord? {
    try Row.fetchOne(database, sql: "SELECT * FROM job WHERE id = ?", arguments: [id.rawValue])
      .map(JobRecord.init(row:))
  }

  static func existingJob(_ id: JobID, in database: Database) throws -> JobRecord {
    guard let job = try Self.job(id, in: database) else { throw StoreError.noJob(id) }
    return job
  }

  static func change(
    _ id: JobID, fence: UInt64?, in database: Database, _ body: (inout JobRecord) throws -> Void
  ) throws -> JobRecord {
    let before = try Self.existingJob(id, in: database)
    if let fence, fence != before.fence {
      throw StoreError(.fenced, "job \(id) was claimed by another runner (fence \(before.fence), not \(fence))")
    }
    guard !before.state.isFinal else {
      throw StoreError(.finished, "job \(id) has \(before.state.rawValue) already")
    }
    var job = before
    try body(&job)
    if job.state.isFinal {
      job.lease = nil
      job.notification = .pending
    }
    try job.save(in: database)
    if job.state != before.state { try job.appendEvent(job.state.rawValue, in: database) }
    if job.isLate, !before.isLate { try job.appendEvent(JobEventRecord.late, in: database) }
    return job
  }

  private static func job(withKey key: String, in database: Database) throws -> JobRecord? {
    try Row.fetchOne(database, sql: "SELECT * FROM job WHERE idempotency_key = ?", arguments: [key])
      .map(JobRecord.init(row:))
  }

  private static func retries(of id: JobID, in database: Database) throws -> [JobRecord] {
    let retries = try Row.fetchAll(
      database, sql: "SELECT * FROM job WHERE retry_of = ? ORDER BY id", arguments: [id.rawValue]
    ).map(JobRecord.init(row:))
    let succeeded = retries.last { $0.state == .succeeded }
    return retries.filter { !$0.state.isFinal || $0.id == succeeded?.id }
  }
}

extension JobQuery {
  fileprivate var condition: (sql: String, arguments: StatementArguments) {
    var terms: [String] = []
    var arguments = StatementArguments()
    if let states = self.states {
      terms.append("state IN (\(databaseQuestionMarks(count: states.count)))")
      arguments += StatementArguments(states.map(\.rawValue))
    }
    if let model = self.model {
      terms.append("model = ?")
      arguments += [model]
    }
    if let revision = self.changedAfter {
      terms.append("revision > ?")
      arguments += [revision]
    }
    for (key, value) in self.labels {
      terms.append("EXISTS (SELECT 1 FROM json_each(options, '$.labels') AS label WHERE label.key = ? AND value = ?)")
      arguments += [key, value]
    }
    return (terms.isEmpty ? "" : "WHERE " + terms.joined(separator: " AND "), arguments)
  }
}
