import QueueCore
import Store

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
  private(set) var errorsLength: UInt64

  /// Opens both, made if they are not there, and cuts them to the checkpoint, durably; at the start the output gets
  /// what it begins with. Nil if one is shorter than the checkpoint says.
  ///
  /// Throws ``FileError``, which hopes for the `lock` if another process writes them.
  init?(of job: NewJob, at checkpoint: JobCheckpoint, head: [UInt8] = []) throws(FileError) {
    let names = PartialNames(of: job)
    self.output = try OpenFile.forWriting(names.output)
    self.errors = try OpenFile.forWriting(names.errors)
    self.outputLength = checkpoint.outputLength
    self.errorsLength = checkpoint.errorsLength
    for (file, length) in [(self.output, self.outputLength), (self.errors, self.errorsLength)] {
      guard try file.fingerprint().size >= length else { return nil }
    }
    for (file, length) in [(self.output, self.outputLength), (self.errors, self.errorsLength)] {
      try file.truncate(to: length)
      try file.sync()
    }
    try Paths.syncDirectory(Paths.directory(of: job.output))
    if checkpoint == .start {
      try head.withBytes { bytes throws(FileError) in try self.appendToOutput(bytes) }
    }
  }

  /// Leaves the files of a job that ends early valid up to its checkpoint, and removes those that hold no row. To be
  /// called when the job stops writing for good or for a while.
  ///
  /// Throws ``FileError``.
  static func leave(of job: NewJob, at checkpoint: JobCheckpoint) throws(FileError) {
    let names = PartialNames(of: job)
    for (path, length, rows) in [
      (names.output, checkpoint.outputLength, checkpoint.predictedRows),
      (names.errors, checkpoint.errorsLength, checkpoint.failedRows),
    ] {
      guard try Paths.status(path) != nil else { continue }
      let file = try OpenFile.forWriting(path)
      let size = try file.fingerprint().size
      if rows == 0 {
        try Paths.remove(path)
      } else if size >= length {
        if size > length { try file.truncate(to: length) }
        if path == names.output, job.options.rows.outputFormat == .npy { try file.setArrayRows(rows) }
        try file.sync()
      }
    }
  }

  /// Makes the output whole: an array's header must say how many rows there are.
  ///
  /// Throws ``FileError``.
  func complete(_ format: RowOptions.Format, rows: UInt64) throws(FileError) {
    guard format == .npy else { return }
    try self.output.setArrayRows(rows)
    try self.output.sync()
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
    try self.output.sync()
    try self.errors.sync()
  }
}
