import Glibc
import QueueCore
import Store

/// The last step of a job: its files get their names. Each part may be done again after it was done or half done.
enum Publication {
  /// Names the errors file, or removes it if it is empty, together with one that an earlier job left and that this one
  /// may replace.
  static func publishErrors(of job: NewJob, at last: JobCheckpoint) throws(FileError) {
    if last.failedRows > 0 {
      try Self.publish(job.errors, length: last.errorsLength, replacing: job.overwrite)
    } else {
      try Paths.remove(Paths.partial(job.errors))
      if job.overwrite { try Paths.remove(job.errors) }
    }
  }

  static func publishOutput(of job: NewJob, at last: JobCheckpoint) throws(FileError) {
    try Self.publish(job.output, length: last.outputLength, replacing: job.overwrite)
  }

  /// Forces the names to disk; what a retry has put together is not needed apart any more.
  static func syncDirectory(of job: NewJob) throws(FileError) {
    if job.options.isSynced { try Paths.syncDirectory(Paths.directory(of: job.output)) }
    guard job.options.retryOf != nil else { return }
    let names = PartialNames(of: job)
    try Paths.remove(names.output)
    try Paths.remove(names.errors)
  }

  private static func publish(_ path: String, length: UInt64, replacing: Bool) throws(FileError) {
    let partial = Paths.partial(path)
    if let status = try Paths.status(partial) {
      try Self.expect(length, UInt64(clamping: status.st_size), partial)
      try Paths.rename(partial, to: path, replacing: replacing)
    } else if let status = try Paths.status(path) {
      // Renamed already, before the process died.
      try Self.expect(length, UInt64(clamping: status.st_size), path)
    } else {
      throw FileError(operation: "find", path: partial, detail: "the file is gone")
    }
  }

  private static func expect(_ expected: UInt64, _ found: UInt64, _ path: String) throws(FileError) {
    guard expected == found else {
      throw FileError(
        operation: "publish", path: path, detail: "it has \(found) bytes, but the job wrote \(expected)")
    }
  }
}
