import Glibc
import QueueCore
import Store

/// A directory of a test's own, gone with the last reference to it.
final class TemporaryDirectory: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/augury-store-XXXXXX".utf8CString)
    self.path = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? ""
    }
    precondition(!self.path.isEmpty, "Cannot make a temporary directory")
  }

  deinit {
    for name in ["augury.db", "augury.db-wal", "augury.db-shm", "augury.db.lock"] { unlink("\(self.path)/\(name)") }
    rmdir(self.path)
  }
}

/// The stores that must keep the contract.
enum StoreUnderTest: CaseIterable, Sendable {
  /// One store, opened once.
  case sqlite
  /// Every call on a store of its own, opened for it and closed after it, as if each came from another process.
  case sqliteReopened

  func with(_ body: (any MetadataStore) async throws -> Void) async throws {
    let directory = TemporaryDirectory()
    switch self {
    case .sqlite:
      let store = try SQLiteStore(dataDirectory: directory.path)
      try await body(store)
      try store.close()
    case .sqliteReopened: try await body(ReopeningStore(directory: directory))
    }
  }
}

/// Opens the database anew for every call.
struct ReopeningStore: MetadataStore {
  let directory: TemporaryDirectory

  func open<Value: Sendable>(
    _ body: (SQLiteStore) async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    let store = try SQLiteStore(dataDirectory: self.directory.path)
    do {
      let value = try await body(store)
      try store.close()
      return value
    } catch {
      try store.close()
      throw error
    }
  }

  func insertJob(_ job: NewJob) async throws(StoreError) -> JobRecord {
    try await self.open { store throws(StoreError) in try await store.insertJob(job) }
  }

  func job(_ id: JobID) async throws(StoreError) -> JobRecord? {
    try await self.open { store throws(StoreError) in try await store.job(id) }
  }

  func job(withKey key: String) async throws(StoreError) -> JobRecord? {
    try await self.open { store throws(StoreError) in try await store.job(withKey: key) }
  }

  func jobs(matching query: JobQuery) async throws(StoreError) -> [JobRecord] {
    try await self.open { store throws(StoreError) in try await store.jobs(matching: query) }
  }

  func claimJob(
    _ id: JobID, by runner: String, leaseSeconds: Double, at time: Double
  ) async throws(StoreError) -> JobRecord {
    try await self.open { store throws(StoreError) in
      try await store.claimJob(id, by: runner, leaseSeconds: leaseSeconds, at: time)
    }
  }

  func updateJob(
    _ id: JobID, fence: UInt64?, _ update: JobUpdate, isSynced: Bool
  ) async throws(StoreError) -> JobRecord {
    try await self.open { store throws(StoreError) in
      try await store.updateJob(id, fence: fence, update, isSynced: isSynced)
    }
  }

  func releaseJob(_ id: JobID, fence: UInt64, _ release: JobRelease) async throws(StoreError) -> JobRecord {
    try await self.open { store throws(StoreError) in try await store.releaseJob(id, fence: fence, release) }
  }

  func controlJob(_ id: JobID, _ control: JobControl, at time: Double) async throws(StoreError) -> JobRecord {
    try await self.open { store throws(StoreError) in try await store.controlJob(id, control, at: time) }
  }

  func noteWaiting(_ id: JobID, _ message: String, at time: Double) async throws(StoreError) {
    try await self.open { store throws(StoreError) in try await store.noteWaiting(id, message, at: time) }
  }

  func jobsToSettle(at time: Double) async throws(StoreError) -> [JobRecord] {
    try await self.open { store throws(StoreError) in try await store.jobsToSettle(at: time) }
  }

  func retries(of id: JobID) async throws(StoreError) -> [JobRecord] {
    try await self.open { store throws(StoreError) in try await store.retries(of: id) }
  }

  func deleteJob(_ id: JobID) async throws(StoreError) -> JobRecord {
    try await self.open { store throws(StoreError) in try await store.deleteJob(id) }
  }

  func purgeJobs(at time: Double, defaultRetentionSeconds: Double) async throws(StoreError) -> [JobID] {
    try await self.open { store throws(StoreError) in
      try await store.purgeJobs(at: time, defaultRetentionSeconds: defaultRetentionSeconds)
    }
  }

  func jobEvents(after sequence: Int64, limit: Int) async throws(StoreError) -> [JobEventRecord] {
    try await self.open { store throws(StoreError) in try await store.jobEvents(after: sequence, limit: limit) }
  }

  func latestJobEvent() async throws(StoreError) -> Int64 {
    try await self.open { store throws(StoreError) in try await store.latestJobEvent() }
  }

  func jobsAwaitingNotification(limit: Int) async throws(StoreError) -> [JobRecord] {
    try await self.open { store throws(StoreError) in try await store.jobsAwaitingNotification(limit: limit) }
  }

  func recordNotification(_ id: JobID, _ notification: JobRecord.Notification) async throws(StoreError) {
    try await self.open { store throws(StoreError) in try await store.recordNotification(id, notification) }
  }

  func recordVersion(_ version: ModelVersionRecord) async throws(StoreError) {
    try await self.open { store throws(StoreError) in try await store.recordVersion(version) }
  }

  func versions() async throws(StoreError) -> [ModelVersionRecord] {
    try await self.open { store throws(StoreError) in try await store.versions() }
  }
}

extension NewJob {
  static func example(_ number: Int = 0, requestedVersion: String? = nil) -> NewJob {
    NewJob(
      model: "digits", requestedVersion: requestedVersion, input: "/data/in-\(number).jsonl",
      output: "/data/out-\(number).jsonl", errors: "/data/out-\(number).errors.jsonl", overwrite: number % 2 == 1,
      batchSize: 256, chunkBytes: 8 << 20,
      inputFingerprint: FileFingerprint(
        size: 5_000_000_000, modifiedNanoseconds: 1_700_000_000_123_456_789, inode: .max - 7),
      createdAt: 1_700_000_000.25)
  }
}

/// The store's error that the body throws, or nil.
func failure(_ body: () async throws -> Void) async -> StoreError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? StoreError
  }
}
