import Foundation
import GRDB
import QueueCore

extension JobRecord {
  /// Reads a row of the table `job`. Throws ``StoreError`` `corrupt` for values that no version of this program writes.
  init(row: Row) throws {
    let id: Int64 = try row.decode(forColumn: "id")
    let stateName: String = try row.decode(forColumn: "state")
    guard let state = State(rawValue: stateName) else {
      throw StoreError(.corrupt, "job \(id) is in state '\(stateName)', which is none")
    }
    self.init(
      id: JobID(id),
      job: try NewJob(row: row),
      state: state,
      message: try row.decode(forColumn: "message"),
      cancelRequested: try row.decode(forColumn: "cancel_requested"),
      fence: try Self.count("fence", of: row),
      version: try row.decode(forColumn: "version"),
      digest: try row.decode(forColumn: "digest"),
      checkpoint: JobCheckpoint(
        chunks: try Self.count("chunks", of: row),
        lines: try Self.count("lines", of: row),
        inputOffset: try Self.count("input_offset", of: row),
        outputLength: try Self.count("output_length", of: row),
        errorsLength: try Self.count("errors_length", of: row),
        predictedRows: try Self.count("predicted_rows", of: row),
        failedRows: try Self.count("failed_rows", of: row)),
      startedAt: try row.decode(forColumn: "started_at"),
      finishedAt: try row.decode(forColumn: "finished_at"))
  }

  mutating func apply(_ update: JobUpdate) {
    if let state = update.state { self.state = state }
    switch update.message {
    case .some(.some(let message)): self.message = message
    case .some(.none): self.message = nil
    case nil: break
    }
    if let cancelRequested = update.cancelRequested { self.cancelRequested = cancelRequested }
    if let version = update.version { self.version = version }
    if let digest = update.digest { self.digest = digest }
    if let checkpoint = update.checkpoint { self.checkpoint = checkpoint }
    if let startedAt = update.startedAt { self.startedAt = startedAt }
    if let finishedAt = update.finishedAt { self.finishedAt = finishedAt }
  }

  /// Writes what may change of a job.
  func save(in database: Database) throws {
    let checkpoint = self.checkpoint
    try database.execute(
      sql: """
        UPDATE job SET
          state = ?, message = ?, cancel_requested = ?, version = ?, digest = ?, chunks = ?, lines = ?,
          input_offset = ?, output_length = ?, errors_length = ?, predicted_rows = ?, failed_rows = ?,
          started_at = ?, finished_at = ?
        WHERE id = ?
        """,
      arguments: [
        self.state.rawValue, self.message, self.cancelRequested, self.version, self.digest,
        Int64(bitPattern: checkpoint.chunks), Int64(bitPattern: checkpoint.lines),
        Int64(bitPattern: checkpoint.inputOffset), Int64(bitPattern: checkpoint.outputLength),
        Int64(bitPattern: checkpoint.errorsLength), Int64(bitPattern: checkpoint.predictedRows),
        Int64(bitPattern: checkpoint.failedRows), self.startedAt, self.finishedAt, self.id.rawValue,
      ])
  }

  static func count(_ name: String, of row: Row) throws -> UInt64 {
    UInt64(bitPattern: try row.decode(Int64.self, forColumn: name))
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
      options: try Self.options(of: row))
  }
  private static func options(of row: Row) throws -> JobOptions {
    let text: String = try row.decode(forColumn: "options")
    do {
      return try JSONDecoder().decode(JobOptions.self, from: Data(text.utf8))
    } catch {
      throw StoreError(.corrupt, "the options of a job cannot be read: \(text)", cause: error)
    }
  }
}

extension JobOptions {
  /// The options as the store keeps them.
  var text: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }
}
