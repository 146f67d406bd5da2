import Store
import ZeroMQ

/// The input of a job cannot be read, or is not what was submitted.
enum InputError: Error {
  /// It cannot be opened or read.
  case unreadable(FileError)
  /// It is another file, or was written to, since the job was submitted.
  case changed(path: String, String)
  /// There is no memory for a chunk.
  case noMemory(bytes: Int, ZMQError)
}

extension InputError: CustomStringConvertible {
  var description: String {
    switch self {
    case .unreadable(let error): error.description
    case .changed(let path, let what): "input '\(path)' has changed since the job was submitted: \(what)"
    case .noMemory(let bytes, let error): "no memory for a chunk of \(bytes) bytes: \(error)"
    }
  }
}

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
