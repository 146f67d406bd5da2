import Glibc
import QueueCore
import Store
import ZeroMQ

/// The names of the files that a job writes until they are complete.
///
/// Those of a job that predicts the failed rows of another one again are apart from the others: at the end both jobs'
/// rows are put together under the usual names.
struct PartialNames: Hashable, Sendable {
  let output: String
  let errors: String

  init(of job: NewJob) {
    let isRetry = job.options.retryOf != nil
    self.output = isRetry ? Paths.retryPartial(job.output) : Paths.partial(job.output)
    self.errors = isRetry ? Paths.retryPartial(job.errors) : Paths.partial(job.errors)
  }
}

/// The two files that a job writes, under the names they have until they are complete.
struct PartialFiles: Sendable {
  private let output: OpenFile
  private let errors: OpenFile
  private(set) var outputLength: UInt64
  /// What follows, to be written together: larger pieces cost the system a third less.
  private var gathered: [Frame] = []
  private var gatheredBytes = 0
  private(set) var errorsLength: UInt64

  /// Whether what is written is forced to disk.
  private let isSynced: Bool

  /// Opens both, made if they are not there, and cuts them to the checkpoint, durably; at the start the output gets
  /// what it begins with. Nil if one is shorter than the checkpoint says.
  ///
  /// Throws ``FileError``, which hopes for the `lock` if another process writes them that is no former runner of the
  /// job.
  init?(of record: JobRecord, at checkpoint: JobCheckpoint, head: [UInt8] = []) throws(FileError) {
    let job = record.job
    let names = PartialNames(of: job)
    self.isSynced = job.options.isSynced
    self.outputLength = checkpoint.outputLength
    self.errorsLength = checkpoint.errorsLength
    self.output = try Self.open(names.output, of: record, length: self.outputLength)
    self.errors = try Self.open(names.errors, of: record, length: self.errorsLength)
    for (file, length) in [(self.output, self.outputLength), (self.errors, self.errorsLength)] {
      guard try file.fingerprint().size >= length else { return nil }
    }
    for (file, length) in [(self.output, self.outputLength), (self.errors, self.errorsLength)] {
      try file.truncate(to: length)
      if self.isSynced { try file.sync() }
    }
    if self.isSynced { try Paths.syncDirectory(Paths.directory(of: job.output)) }
    if checkpoint == .start {
      try head.withBytes { bytes throws(FileError) in try self.appendToOutput(bytes) }
    }
  }

  /// Opens a partial file for this run alone. A former runner that does not know yet that its lease is over may hold
  /// the file: it is left to that runner, and its bytes up to the checkpoint go on in another.
  private static func open(
    _ path: String, of record: JobRecord, length: UInt64
  ) throws(FileError) -> OpenFile {
    let file = try OpenFile.forWritingUnlocked(path)
    do throws(FileError) {
      try file.lock()
      return file
    } catch {
      guard error.hope == .lock, record.wasAbandoned else { throw error }
      return try file.replacedByCopy(ofBytes: length, isSynced: record.job.options.isSynced)
    }
  }

  /// Leaves the files of a job that ends early valid up to its checkpoint, and removes those that hold no row. To be
  /// called when the job stops writing for good or for a while.
  ///
  /// Throws ``FileError``.
  static func leave(of record: JobRecord) throws(FileError) {
    let (job, checkpoint) = (record.job, record.checkpoint)
    let names = PartialNames(of: job)
    for (path, length, rows) in [
      (names.output, checkpoint.outputLength, checkpoint.predictedRows),
      (names.errors, checkpoint.errorsLength, checkpoint.failedRows),
    ] {
      guard try Paths.status(path) != nil else { continue }
      let file = try Self.open(path, of: record, length: length)
      let size = try file.fingerprint().size
      if rows == 0 {
        try Paths.remove(path)
      } else if size >= length {
        if size > length { try file.truncate(to: length) }
        if path == names.output, job.options.rows.outputFormat == .npy { try file.setArrayRows(rows) }
        if job.options.isSynced { try file.sync() }
      }
    }
  }

  /// Makes the output whole: an array's header must say how many rows there are.
  ///
  /// Throws ``FileError``.
  func complete(_ format: RowOptions.Format, rows: UInt64) throws(FileError) {
    guard format == .npy else { return }
    try self.output.setArrayRows(rows)
    if self.isSynced { try self.output.sync() }
  }

  private static let bytesPerWrite = 256 << 10
  /// The system takes a thousand in one call.
  private static let framesPerWrite = 256

  /// Appends bytes that may be written only with what follows, or by ``flush()``.
  mutating func appendToOutput(_ bytes: Frame) throws(FileError) {
    self.gathered.append(bytes)
    self.gatheredBytes += bytes.byteCount
    if self.gatheredBytes >= Self.bytesPerWrite || self.gathered.count >= Self.framesPerWrite { try self.flush() }
  }

  /// Writes what was appended and is not written yet. To be called before ``sync()`` and ``complete(_:rows:)``.
  mutating func flush() throws(FileError) {
    guard !self.gathered.isEmpty else { return }
    try self.output.write(self.gathered, at: self.outputLength)
    self.outputLength += UInt64(self.gatheredBytes)
    self.gathered.removeAll(keepingCapacity: true)
    self.gatheredBytes = 0
  }

  mutating func appendToOutput(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try self.flush()
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
