import GRDB
import Glibc
import Synchronization

/// The store in one SQLite file, `augury.db` in the data directory: write-ahead log, synced on every commit.
///
/// Several processes may have the same file open; a writer waits for another for up to ten seconds.
public final class SQLiteStore: Sendable {
  /// The database's path.
  public let path: String

  let pool: DatabasePool

  /// Opens the database, making it and its directory if they are not there, and brings its schema up to date.
  ///
  /// Throws ``StoreError`` `corrupt`, `newerSchema`, `full`, `busy` or `unusable`; the message names the path.
  public init(dataDirectory: String) throws(StoreError) {
    try Self.makeDirectory(dataDirectory)
    self.path = dataDirectory.hasSuffix("/") ? "\(dataDirectory)augury.db" : "\(dataDirectory)/augury.db"
    do {
      self.pool = try Self.openPoolPatiently(self.path)
    } catch {
      throw StoreError(error, path: self.path)
    }
  }

  /// SQLite's busy time-out does not cover a log that another process is just setting up or taking away, which is over
  /// in a moment.
  private static func openPoolPatiently(_ path: String) throws -> DatabasePool {
    for _ in 0..<40 {
      do {
        return try Self.openPool(path)
      } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
        _ = poll(nil, 0, 50)
      }
    }
    return try Self.openPool(path)
  }

  /// Closes the database once running calls are done, and leaves all of it in the one file. Later calls fail.
  public func close() throws(StoreError) {
    do {
      // Not vital: what stays in the write-ahead log, for example because another process reads, is safe there.
      _ = try? self.pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
      try self.pool.close()
    } catch {
      throw StoreError(error, path: self.path)
    }
  }

  /// Bytes of a database that is looked through whenever it is opened; it takes about 2 ms for a million.
  private static let checkedBytes: Int64 = 8 << 20

  /// Whether to look through all of a database before it is used: one that takes no time, and any whose last user did
  /// not close it, as the log shows that it left. In others a damaged page is found when it is read.
  private static func wantsCheck(_ path: String) -> Bool {
    Self.byteCount(of: path) <= Self.checkedBytes || Self.byteCount(of: "\(path)-wal") > 0
  }

  /// The size of a file; 0 if it is not there.
  private static func byteCount(of path: String) -> Int64 {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : 0
  }

  private static func openPool(_ path: String) throws -> DatabasePool {
    let wantsCheck = Self.wantsCheck(path)
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    configuration.label = "augury.store"
    let pool = try DatabasePool(path: path, configuration: configuration)
    try pool.writeWithoutTransaction { database in
      // After opening: the pool itself sets a weaker mode, which may lose the last commits with the power.
      try database.execute(sql: "PRAGMA synchronous = FULL")
      try database.execute(sql: "PRAGMA fullfsync = ON")
      guard wantsCheck else { return }
      let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check(1)")
      guard verdict == "ok" else {
        throw StoreError(.corrupt, "database '\(path)' is damaged: \(verdict ?? "no verdict")")
      }
    }
    let migrator = Migrations.migrator
    if try pool.read(migrator.hasBeenSuperseded) {
      throw StoreError(.newerSchema, "database '\(path)' was made by a newer version of this program")
    }
    if try !pool.read(migrator.hasCompletedMigrations) {
      // Two processes that open a new database at once would both take the same step.
      let lock = try MigrationLock(database: path)
      try migrator.migrate(pool)
      extendLifetime(lock)
    }
    return pool
  }

  private static func makeDirectory(_ path: String) throws(StoreError) {
    guard !path.isEmpty else { throw StoreError(.unusable, "the data directory's path is empty") }
    var made = path.hasPrefix("/") ? "/" : ""
    for component in path.split(separator: "/") {
      made += "\(component)/"
      guard mkdir(made, 0o755) != 0 else { continue }
      let failure = errno
      guard failure == EEXIST || access(made, F_OK) == 0 else {
        throw StoreError(.unusable, "cannot make data directory '\(made)': \(String(cString: strerror(failure)))")
      }
    }
  }

  // MARK: Access

  /// Runs a transaction. Unlike the pool's own asynchronous calls this one is not given up when the task is cancelled:
  /// a runner that stops must still be able to commit what it has done.
  ///
  /// Without sync a commit waits for no disk. The log and the database are still synced before the one goes into the
  /// other, so the database stays whole whatever happens.
  func write<Value: Sendable>(
    isSynced: Bool = true, _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StoreError) -> Value {
    let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
      self.pool.asyncWriteWithoutTransaction { database in
        continuation.resume(returning: Result { try Self.transact(isSynced: isSynced, database, body) })
      }
    }
    return try self.value(of: result)
  }

  private static func transact<Value>(
    isSynced: Bool, _ database: Database, _ body: (Database) throws -> Value
  ) throws -> Value {
    if !isSynced { try database.execute(sql: "PRAGMA synchronous = NORMAL") }
    defer { if !isSynced { try? database.execute(sql: "PRAGMA synchronous = FULL") } }
    var value: Value?
    try database.inTransaction(.immediate) {
      value = try body(database)
      return .commit
    }
    guard let value else { throw StoreError(.unusable, "a transaction had no end") }
    return value
  }

  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StoreError) -> Value {
    let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
      self.pool.asyncRead { database in
        continuation.resume(returning: Result { try body(database.get()) })
      }
    }
    return try self.value(of: result)
  }

  private func value<Value>(of result: Result<Value, any Error>) throws(StoreError) -> Value {
    switch result {
    case .success(let value): return value
    case .failure(let error): throw StoreError(error, path: self.path)
    }
  }
}

extension StoreError {
  /// What an error of the database means, with the database's path.
  init(_ error: any Error, path: String) {
    if let error = error as? RowDecodingError {
      self.init(.corrupt, "database '\(path)' holds what it should not: \(error)", cause: error)
      return
    }
    guard let error = error as? DatabaseError else {
      self = error as? StoreError ?? StoreError(.unusable, "database '\(path)': \(error)", cause: error)
      return
    }
    let text = error.message ?? "SQLite error \(error.resultCode.rawValue)"
    switch error.resultCode {
    case .SQLITE_CORRUPT: self.init(.corrupt, "database '\(path)' is damaged: \(text)", cause: error)
    case .SQLITE_NOTADB: self.init(.corrupt, "'\(path)' is not a database: \(text)", cause: error)
    case .SQLITE_FULL: self.init(.full, "no room for database '\(path)': \(text)", cause: error)
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self.init(.busy, "database '\(path)' is held by another process: \(text)", cause: error)
    default: self.init(.unusable, "database '\(path)': \(text)", cause: error)
    }
  }
}
