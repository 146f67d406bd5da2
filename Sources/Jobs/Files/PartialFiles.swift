import QueueCore
import Store

/// The two files that a job writes, under the names they have until they are complete.
struct PartialFiles: Sendable {
  private let output: OpenFile
  private let errors: OpenFile
  private(set) var outputLength: UInt64
  private(set) var errorsLength: UInt64

  /// Opens both, made if they are not there, and cuts them to the checkpoint, durably. Nil if one is shorter than that.
  ///
  /// Throws ``FileError``, which hopes for the `lock` if another process writes them.
  init?(of job: NewJob, at checkpoint: JobCheckpoint) throws(FileError) {
    self.output = try OpenFile.forWriting(Paths.partial(job.output))
    self.errors = try OpenFile.forWriting(Paths.partial(job.errors))
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
  }

  /// Leaves the files of a job that ends early valid up to its checkpoint, and removes those that hold nothing.
  static func leave(of job: NewJob, at checkpoint: JobCheckpoint) throws(FileError) {
    for (path, length) in [(job.output, checkpoint.outputLength), (job.errors, checkpoint.errorsLength)] {
      let partial = Paths.partial(path)
      guard try Paths.status(partial) != nil else { continue }
      let file = try OpenFile.forWriting(partial)
      if length == 0 {
        try Paths.remove(partial)
      } else if try file.fingerprint().size > length {
        try file.truncate(to: length)
        try file.sync()
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
    try self.output.sync()
    try self.errors.sync()
  }
}
