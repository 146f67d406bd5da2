import Glibc
import QueueCore
import Store

/// The two files that a job writes, under the names they have until they are complete.
struct PartialFiles: Sendable {
  private let output: OpenFile
  private let errors: OpenFile
  private(set) var outputLength: UInt64
  private(set) var errorsLength: UInt64

  /// Whether what is written is forced to disk.
  private let isSynced: Bool

  /// Opens both, made if they are not there, and cuts them to the checkpoint, durably. Nil if one is shorter than that.
  ///
  /// Throws ``FileError``, which hopes for the `lock` if another process writes them that is no former runner of the
  /// job.
  init?(of record: JobRecord, at checkpoint: JobCheckpoint) throws(FileError) {
    let job = record.job
    self.isSynced = job.options.isSynced
    self.outputLength = checkpoint.outputLength
    self.errorsLength = checkpoint.errorsLength
    self.output = try Self.open(job.output, of: record, length: self.outputLength)
    self.errors = try Self.open(job.errors, of: record, length: self.errorsLength)
    for (file, length) in [(self.output, self.outputLength), (self.errors, self.errorsLength)] {
      guard try file.fingerprint().size >= length else { return nil }
    }
    for (file, length) in [(self.output, self.outputLength), (self.errors, self.errorsLength)] {
      try file.truncate(to: length)
      if self.isSynced { try file.sync() }
    }
    if self.isSynced { try Paths.syncDirectory(Paths.directory(of: job.output)) }
  }

  /// Opens a partial file for this run alone. A former runner that does not know yet that its lease is over may hold
  /// the file: it is left to that runner, and its bytes up to the checkpoint go on in another.
  private static func open(
    _ path: String, of record: JobRecord, length: UInt64
  ) throws(FileError) -> OpenFile {
    let file = try OpenFile.forWritingUnlocked(Paths.partial(path))
    do throws(FileError) {
      try file.lock()
      return file
    } catch {
      guard error.hope == .lock, record.wasAbandoned else { throw error }
      return try file.replacedByCopy(ofBytes: length, isSynced: record.job.options.isSynced)
    }
  }

  /// Leaves the files of a job that ends early valid up to its checkpoint, and removes those that hold nothing.
  static func leave(of record: JobRecord) throws(FileError) {
    let (job, checkpoint) = (record.job, record.checkpoint)
    for (path, length) in [(job.output, checkpoint.outputLength), (job.errors, checkpoint.errorsLength)] {
      let partial = Paths.partial(path)
      guard try Paths.status(partial) != nil else { continue }
      let file = try Self.open(path, of: record, length: length)
      if length == 0 {
        try Paths.remove(partial)
      } else if try file.fingerprint().size > length {
        try file.truncate(to: length)
        if job.options.isSynced { try file.sync() }
      }
    }
  }

  mutating func appendToOutput(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try self.output.write(bytes, at: self.outputLength)
    self.outputLength += UInt64(bytes.count)
  }

  mutating func appendToErrors(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try self.errors.write(bytes, at: self.errorsLength)
    self.errorsLength += UInt64(bytes.count)
  }

  /// Returns once what was appended is on disk.
  func sync() throws(FileError) {
    for file in [self.output, self.errors] {
      if self.isSynced { try file.sync() }
      // A former runner of the job may have been in the middle of taking it over.
      guard try file.stillHasItsName() else {
        throw FileError(
          operation: "write", path: file.path, number: EWOULDBLOCK,
          detail: "another process has put its own in its place")
      }
    }
  }
}
