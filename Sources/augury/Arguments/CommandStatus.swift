import ArgumentParser
import AuguryClient

/// What the process tells the one that started it. Listed in the help text of the root command.
enum CommandStatus: Int32 {
  case success = 0
  case partial = 1
  case refused = 2
  case unavailable = 3
  case usage = 64
  case interrupted = 130

  /// The status for a request that ended with this error.
  init(_ error: PredictionError) {
    switch error.code {
    case .unavailable, .deadlineExceeded: self = .unavailable
    case .invalidArgument where error.reason == "INVALID_ENDPOINT": self = .usage
    default: self = .refused
    }
  }

  var exitCode: ExitCode { ExitCode(self.rawValue) }
}

/// Why an input cannot be read. Not the broker's doing.
struct InputError: Error {
  /// One line that names the file.
  var message: String
}
