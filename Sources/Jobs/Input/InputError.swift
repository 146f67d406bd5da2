import Store
import ZeroMQ

/// The input of a job cannot be read, or is not what was submitted.
enum InputError: Error {
  /// It cannot be opened or read.
  case unreadable(FileError)
  /// What is made of it cannot be written.
  case unwritable(FileError)
  /// It is another file, or was written to, since the job was submitted.
  case changed(path: String, String)
  /// Its bytes are not what its format wants; says where.
  case damaged(path: String, String)
  /// It does not go together with the model or the job's options.
  case refused(RowPlanError)
  /// There is no memory for so many bytes.
  case noMemory(bytes: Int, ZMQError?)
}

extension InputError: CustomStringConvertible {
  var description: String {
    switch self {
    case .unreadable(let error), .unwritable(let error): error.description
    case .changed(let path, let what): "input '\(path)' has changed since the job was submitted: \(what)"
    case .damaged(let path, let what): "input '\(path)' is damaged at \(what)"
    case .refused(let error): error.message
    case .noMemory(let bytes, let error):
      "no memory for \(bytes) bytes of the input" + (error.map { ": \($0)" } ?? "")
    }
  }
}

/// What a job's options, its input and its model do not allow together.
struct RowPlanError: Error, Hashable {
  /// For programs, such as `CSV_HEADER`.
  let reason: String
  /// For people: what is wrong, and what was expected.
  let message: String

  init(_ reason: String, _ message: String) {
    self.reason = reason
    self.message = message
  }
}
