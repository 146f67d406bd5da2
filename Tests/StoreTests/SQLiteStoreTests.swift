import GRDB
import Glibc
import QueueCore
import Testing

@testable import Store

struct SQLiteStoreTests {
  private let directory = TemporaryDirectory()

  private var path: String { "\(self.directory.path)/augury.db" }

  private func overwrite(at offset: Int, with bytes: [UInt8]) throws {
    let descriptor = open(self.path, O_WRONLY | O_CREAT, 0o644)
    try #require(descriptor >= 0)
    #expect(pwrite(descriptor, bytes, bytes.count, offset) == bytes.count)
    close(descriptor)
  }

  /// Opening the database fails with this code and an error that names it.
  private func expectToFail(_ code: StoreError.Code) async {
    let error = await failure { _ = try SQLiteStore(dataDirectory: self.directory.path) }
    #expect(error?.code == code)
    #expect(error?.message.contains(self.path) == true)
  }

  @Test func everyCommitIsSynced() throws {
    let store = try SQLiteStore(dataDirectory: self.directory.path)
    defer { try? store.close() }
    let (journal, synchronous) = try store.pool.writeWithoutTransaction { database in
      (
        try String.fetchOne(database, sql: "PRAGMA journal_mode"),
        try Int.fetchOne(database, sql: "PRAGMA synchronous")
      )
    }
    #expect(journal == "wal")
    #expect(synchronous == 2)
  }

  @Test func theDataDirectoryIsMadeIfItIsNotThere() throws {
    let path = "\(self.directory.path)/a/b/"
    let store = try SQLiteStore(dataDirectory: path)
    #expect(store.path == "\(path)augury.db")
    #expect(access(store.path, F_OK) == 0)
    try store.close()
    unlink(store.path)
    rmdir("\(self.directory.path)/a/b")
    rmdir("\(self.directory.path)/a")
  }

  @Test func aDataDirectoryThatCannotBeMadeIsNamed() async {
    let error = await failure { _ = try SQLiteStore(dataDirectory: "/proc/augury/data") }
    #expect(error?.code == .unusable)
    #expect(error?.message.contains("/proc/augury/") == true)
    let empty = await failure { _ = try SQLiteStore(dataDirectory: "") }
    #expect(empty?.code == .unusable)
  }

  @Test func aFileThatIsNoDatabaseIsNamed() async throws {
    try self.overwrite(at: 0, with: Array("this is not a database, and it is long enough to tell".utf8))
    await self.expectToFail(.corrupt)
  }

  @Test func aDamagedDatabaseIsNamed() async throws {
    let store = try SQLiteStore(dataDirectory: self.directory.path)
    for number in 0..<200 { _ = try await store.insertJob(.example(number)) }
    try store.close()
    try self.overwrite(at: 3 * 4096, with: [UInt8](repeating: 0xA5, count: 8 * 4096))
    await self.expectToFail(.corrupt)
  }

  /// A database that is too large to be looked through at every start, with damage in the midst of it.
  /// Returns a job that is not damaged.
  private func makeLargeDamagedDatabase() async throws -> JobID {
    let store = try SQLiteStore(dataDirectory: self.directory.path)
    let id = try await store.insertJob(.example()).id
    let long = String(repeating: "x", count: 9 << 20)
    try await store.updateJob(id, fence: nil, JobUpdate(state: .running, message: .some(long)))
    let other = try await store.insertJob(.example(2)).id
    try store.close()
    var file = stat()
    #expect(stat(self.path, &file) == 0 && file.st_size > 9 << 20)
    // The pages of the long text are a list, each with the number of the next one.
    try self.overwrite(at: Int(file.st_size) / 2 / 4096 * 4096, with: [UInt8](repeating: 0xA5, count: 4096))
    return other
  }

  @Test func aLargeDatabaseThatWasClosedIsNotLookedThrough() async throws {
    let other = try await self.makeLargeDamagedDatabase()
    let store = try SQLiteStore(dataDirectory: self.directory.path)
    defer { try? store.close() }
    #expect(try await store.job(other)?.id == other)
    let damaged = await failure { _ = try await store.jobs(in: nil) }
    #expect(damaged?.code == .corrupt)
  }

  @Test func aLargeDatabaseThatWasNotClosedIsLookedThrough() async throws {
    _ = try await self.makeLargeDamagedDatabase()
    let log = open("\(self.path)-wal", O_WRONLY | O_CREAT, 0o644)
    try #require(log >= 0)
    #expect(write(log, "left", 4) == 4)
    close(log)
    await self.expectToFail(.corrupt)
  }

  @Test func aDatabaseOfANewerVersionIsNotTouched() async throws {
    let store = try SQLiteStore(dataDirectory: self.directory.path)
    try await store.pool.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99')") }
    try store.close()
    await self.expectToFail(.newerSchema)
  }

  @Test func aFullDiskIsToldAndNothingIsChanged() async throws {
    let store = try SQLiteStore(dataDirectory: self.directory.path)
    defer { try? store.close() }
    let id = try await store.insertJob(.example()).id
    // The database may not grow any more, as on a file system without room.
    try await store.pool.writeWithoutTransaction { database in
      let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
      _ = try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(pages)")
    }
    let long = String(repeating: "x", count: 100_000)
    let error = await failure {
      try await store.updateJob(id, fence: nil, JobUpdate(state: .running, message: .some(long)))
    }
    #expect(error?.code == .full)
    #expect(error?.message.contains(self.path) == true)
    let job = try await store.job(id)
    #expect(job?.state == .queued)
  }

  @Test func aStateThatNobodyWritesIsTold() async throws {
    let store = try SQLiteStore(dataDirectory: self.directory.path)
    defer { try? store.close() }
    let id = try await store.insertJob(.example()).id
    try await store.pool.write { try $0.execute(sql: "UPDATE job SET state = 'dreaming'") }
    let error = await failure { _ = try await store.job(id) }
    #expect(error?.code == .corrupt)
    #expect(error?.message.contains("dreaming") == true)
  }

  @Test func twoProcessesSeeEachOthersCommits() async throws {
    let first = try SQLiteStore(dataDirectory: self.directory.path)
    let second = try SQLiteStore(dataDirectory: self.directory.path)
    defer {
      try? first.close()
      try? second.close()
    }
    let id = try await first.insertJob(.example()).id
    try await second.updateJob(id, fence: nil, JobUpdate(state: .running))
    let seen = try await first.job(id)
    #expect(seen?.state == .running)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<20 {
        let store = number % 2 == 0 ? first : second
        group.addTask { _ = try await store.insertJob(.example(number)) }
      }
      try await group.waitForAll()
    }
    let all = try await second.jobs(in: nil)
    #expect(all.count == 21)
  }

  @Test func jobNumbersAreReadAndWrittenInOneWayOnly() {
    #expect(JobID("17") == JobID(17))
    #expect(JobID(17).description == "17")
    for text in ["", "0", "-1", "017", "+17", "1.5", "x", "99999999999999999999"] {
      #expect(JobID(text) == nil)
    }
  }

  @Test func severalProcessesMayMakeTheDatabaseAtOnce() async throws {
    for _ in 0..<10 {
      let directory = TemporaryDirectory()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          group.addTask {
            let store = try SQLiteStore(dataDirectory: directory.path)
            _ = try await store.versions()
            try store.close()
          }
        }
        try await group.waitForAll()
      }
    }
  }
}
