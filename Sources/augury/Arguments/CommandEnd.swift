import AuguryClient
import Glibc
import LoadGenerator

/// How a command ends that people and scripts started.
enum CommandEnd {
  /// Does a command's work; what that throws is told on the error stream and becomes the exit code. SIGINT ends the
  /// process with 130.
  static func told<Value>(_ work: () async throws -> Value) async throws -> Value {
    // The default action would do, but for the exit code that programs see.
    signal(SIGINT) { _ in _exit(CommandStatus.interrupted.rawValue) }
    do {
      return try await work()
    } catch let error as PredictionError {
      Terminal.complain(OneLine.text(of: error))
      throw CommandStatus(error).exitCode
    } catch let error as LoadError {
      Terminal.complain(OneLine.text(error.message))
      throw CommandStatus(error).exitCode
    } catch let error as InputError {
      Terminal.complain(error.message)
      throw CommandStatus.usage.exitCode
    }
  }
}

extension CommandStatus {
  /// The status for load that could not be made.
  init(_ error: LoadError) {
    switch error {
    case .payload, .address: self = .usage
    case .refused, .protocolViolation: self = .refused
    case .system, .silent, .unreachable: self = .unavailable
    }
  }
}
