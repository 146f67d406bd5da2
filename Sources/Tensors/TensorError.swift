/// Tells what was wrong with a payload or a tensor, which tensor it was, and what was expected.
public struct TensorError: Error, Equatable, Sendable {
  /// The gRPC status that a reply about this error carries.
  public enum Code: String, Sendable {
    case invalidArgument = "INVALID_ARGUMENT"
    case resourceExhausted = "RESOURCE_EXHAUSTED"
    case unimplemented = "UNIMPLEMENTED"
    case `internal` = "INTERNAL"
  }

  /// What kind of mistake it was, for programs.
  ///
  /// Raw values up to 10 are the numbers that the JSON parser in C++ uses.
  public enum Reason: Int32, Sendable, CaseIterable {
    /// The bytes are not JSON.
    case malformedJSON = 1
    /// JSON, but neither of the known forms of a request or reply, or a field is missing or doubled.
    case wrongForm = 2
    /// A value or tensor of another type than expected.
    case wrongType = 3
    /// A number that the element type cannot hold.
    case outOfRange = 4
    /// Another rank or dimension than expected.
    case wrongShape = 5
    case missingInput = 6
    case unknownInput = 7
    case duplicateInput = 8
    case tooManyInstances = 9
    case outOfMemory = 10
    /// Raw bytes that do not fit the shape and type they are announced with.
    case wrongSize = 11
    case unknownOutput = 12
    /// Outputs that have no form in the reply asked for.
    case unrepresentable = 13
  }

  /// The status that a reply carries.
  public var code: Code
  /// The kind of mistake.
  public var reason: Reason
  /// One line for people.
  public var message: String
  /// Where in the JSON it is, counted from its first byte, if that is known.
  public var byteOffset: Int?

  /// Makes an error with everything said.
  public init(_ code: Code, _ reason: Reason, _ message: String, byteOffset: Int? = nil) {
    self.code = code
    self.reason = reason
    self.message = message
    self.byteOffset = byteOffset
  }

  /// Makes the usual error, `INVALID_ARGUMENT`.
  public init(_ reason: Reason, _ message: String, byteOffset: Int? = nil) {
    self.init(reason == .outOfMemory ? .resourceExhausted : .invalidArgument, reason, message, byteOffset: byteOffset)
  }
}

extension TensorError: CustomStringConvertible {
  /// The code and the message.
  public var description: String { "\(self.code.rawValue): \(self.message)" }
}
