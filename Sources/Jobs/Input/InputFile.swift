import Store

/// A job's input, checked to be the file that was submitted.
struct InputFile: Sendable {
  let file: OpenFile
  private let expected: FileFingerprint

  /// Opens the input. Throws ``InputError`` if it is not what was submitted.
  init(of job: NewJob) throws(InputError) {
    do throws(FileError) {
      self.file = try OpenFile.forReading(job.input)
    } catch {
      throw .unreadable(error)
    }
    self.expected = job.inputFingerprint
    try self.expectUnchanged()
    self.file.willBeReadInOrder()
  }

  var size: UInt64 { self.expected.size }

  /// What is read of it.
  ///
  /// Throws ``InputError``.
  func source(isCompressed: Bool) throws(InputError) -> any ByteSource {
    isCompressed ? try GzipSource(self.file, size: self.size) : PlainSource(self.file, size: self.size)
  }

  /// Throws ``InputError`` if the file was written to since the job was submitted.
  func expectUnchanged() throws(InputError) {
    let found: FileFingerprint
    do throws(FileError) {
      found = try self.file.fingerprint()
    } catch {
      throw .unreadable(error)
    }
    guard found != self.expected else { return }
    let what =
      if found.size != self.expected.size {
        "it had \(self.expected.size) bytes and has \(found.size)"
      } else if found.inode != self.expected.inode {
        "it is another file of the same size"
      } else {
        "it was written to"
      }
    throw .changed(path: self.file.path, what)
  }
}
