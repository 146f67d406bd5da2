public import Tensors

/// Tells why a model could not be found, loaded or run.
public struct InferenceError: Error, Equatable, Sendable {
  /// The gRPC status that a reply about this error carries.
  public enum Code: String, Sendable {
    case invalidArgument = "INVALID_ARGUMENT"
    case notFound = "NOT_FOUND"
    case unavailable = "UNAVAILABLE"
    case resourceExhausted = "RESOURCE_EXHAUSTED"
    case cancelled = "CANCELLED"
    case unimplemented = "UNIMPLEMENTED"
    case `internal` = "INTERNAL"
  }

  /// The status that a reply carries.
  public var code: Code
  /// One line for people.
  public var message: String

  /// Makes an error.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// Says the same as an error about tensors.
  public init(_ error: TensorError) {
    self.code =
      switch error.code {
      case .invalidArgument: .invalidArgument
      case .resourceExhausted: .resourceExhausted
      case .unimplemented: .unimplemented
      case .internal: .internal
      }
    self.message = error.message
  }

  /// Does something with tensors and turns its error into one of this kind.
  static func translating<Result>(_ body: () throws(TensorError) -> Result) throws(InferenceError) -> Result {
    do throws(TensorError) {
      return try body()
    } catch {
      throw InferenceError(error)
    }
  }
}

extension InferenceError: CustomStringConvertible {
  /// The code and the message.
  public var description: String { "\(self.code.rawValue): \(self.message)" }
}
