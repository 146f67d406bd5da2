import QueueCore
import Store

/// Puts the rows of a job and those of its failed rows that were predicted again together, in the input's order, into
/// fresh files. May be done again after it was done or half done.
struct RetryMerge: Sendable {
  private let job: NewJob
  private let checkpoint: JobCheckpoint
  private let parent: JobRecord

  /// `checkpoint` is that of the rows predicted again.
  init(_ job: NewJob, at checkpoint: JobCheckpoint, parent: JobRecord) {
    self.job = job
    self.checkpoint = checkpoint
    self.parent = parent
  }

  /// Writes the `.partial` files, durably, and returns what they hold.
  ///
  /// Throws ``InputError`` if the files are not those that the jobs wrote, and, of a disk that is full for example,
  /// ``FileError`` in it.
  func run() throws(InputError) -> JobCheckpoint {
    guard self.checkpoint.rows == self.parent.checkpoint.failedRows else {
      throw .changed(
        path: self.job.errors,
        "\(self.checkpoint.rows) rows were predicted again, and it named \(self.parent.checkpoint.failedRows)")
    }
    do throws(FileError) {
      try self.copyErrors()
    } catch {
      throw .unwritable(error)
    }
    let length = try self.mergeOutput()
    do throws(FileError) {
      try Paths.syncDirectory(Paths.directory(of: self.job.output))
    } catch {
      throw .unwritable(error)
    }
    return JobCheckpoint(
      chunks: self.checkpoint.chunks, lines: self.parent.checkpoint.lines,
      inputOffset: self.parent.checkpoint.inputOffset, outputLength: length,
      errorsLength: self.checkpoint.errorsLength,
      predictedRows: self.parent.checkpoint.predictedRows + self.checkpoint.predictedRows,
      failedRows: self.checkpoint.failedRows)
  }

  /// Every row of the old errors file was predicted again, so the new errors are all there are.
  private func copyErrors() throws(FileError) {
    let source = try OpenFile.forReading(PartialNames(of: self.job).errors)
    var target = try FileAppender(Paths.partial(self.job.errors))
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { block.deallocate() }
    var offset: UInt64 = 0
    while offset < self.checkpoint.errorsLength {
      let wanted = Int(min(UInt64(block.count), self.checkpoint.errorsLength - offset))
      let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: block[..<wanted]), at: offset)
      guard count > 0 else {
        throw FileError(operation: "read", path: source.path, detail: "it ends at byte \(offset)")
      }
      try target.append(UnsafeRawBufferPointer(rebasing: block[..<count]))
      offset += UInt64(count)
    }
    try target.finish()
  }

  private func mergeOutput() throws(InputError) -> UInt64 {
    let names = PartialNames(of: self.job)
    let format = self.job.options.rows.outputFormat
    let old = try WrittenRows(self.job.output, length: self.parent.checkpoint.outputLength, format)
    let new = try WrittenRows(names.output, length: self.checkpoint.outputLength, format)
    let failed = try Self.selection(self.job.errors, length: self.parent.checkpoint.errorsLength)
    let failing = try Self.selection(names.errors, length: self.checkpoint.errorsLength)
    let target = try RowTarget(Paths.partial(self.job.output))
    try target.copyHead(of: old)
    try new.passHead()
    var next: UInt64 = 1
    var stillFailing = try failing.next()
    while let row = try failed.next() {
      try target.copy(row.number - next, of: old)
      next = row.number + 1
      if row.number == stillFailing?.number {
        stillFailing = try failing.next()
      } else {
        try target.copy(1, of: new)
      }
    }
    try target.copy(self.parent.checkpoint.rows + 1 - next, of: old)
    guard try old.next() == nil, try new.next() == nil, stillFailing == nil else {
      throw .changed(path: self.job.output, "its rows and those of its errors file do not add up")
    }
    return try target.finish(format, rows: self.parent.checkpoint.predictedRows + self.checkpoint.predictedRows)
  }

  private static func selection(_ path: String, length: UInt64) throws(InputError) -> RowSelection {
    let file: OpenFile
    do throws(FileError) {
      file = try OpenFile.forReading(path)
    } catch {
      throw .unreadable(error)
    }
    return try RowSelection(file, size: length)
  }
}
