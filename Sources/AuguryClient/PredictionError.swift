public import QueueCore

/// Why a call has no answer: a gRPC status code, a word for programs and a line for people.
///
/// ```swift
/// do {
///   let prediction = try await client.predict("digits", inputs: ["image": pixels])
/// } catch where error.code == .resourceExhausted {
///   try await Task.sleep(for: error.retryAfter ?? .milliseconds(100))
/// }
/// ```
public struct PredictionError: Error, Sendable {
  /// A status code. Open: compare with the codes you handle and leave room for others.
  public struct Code: Hashable, Sendable {
    /// The code as it stands on the wire.
    public var status: StatusCode

    /// Makes the code for a status.
    public init(_ status: StatusCode) {
      self.status = status
    }

    /// The caller gave the request up, or closed the client.
    public static let cancelled = Code(.cancelled)
    /// An error without a better code.
    public static let unknown = Code(.unknown)
    /// The request itself is wrong; sending it again will not help.
    public static let invalidArgument = Code(.invalidArgument)
    /// The deadline passed before the answer was there.
    public static let deadlineExceeded = Code(.deadlineExceeded)
    /// No such model, version, job or worker.
    public static let notFound = Code(.notFound)
    /// What was to be made is there already.
    public static let alreadyExists = Code(.alreadyExists)
    /// The caller may not do this.
    public static let permissionDenied = Code(.permissionDenied)
    /// A limit is reached; try again later or send less.
    public static let resourceExhausted = Code(.resourceExhausted)
    /// Right, but not in the present state of its subject.
    public static let failedPrecondition = Code(.failedPrecondition)
    /// The work was given up in favour of something else.
    public static let aborted = Code(.aborted)
    /// A value is outside the range that is allowed.
    public static let outOfRange = Code(.outOfRange)
    /// The broker or worker does not do this.
    public static let unimplemented = Code(.unimplemented)
    /// A fault of the server, of the model while it ran, or of this library.
    public static let `internal` = Code(.internal)
    /// Nobody can serve this now; trying again later may help.
    public static let unavailable = Code(.unavailable)
    /// Data was lost or is corrupt.
    public static let dataLoss = Code(.dataLoss)
    /// The caller did not prove who it is.
    public static let unauthenticated = Code(.unauthenticated)
  }

  /// What kind of failure it is.
  public var code: Code
  /// A machine-readable reason in capitals, for example `PAYLOAD_TOO_LARGE`.
  public var reason: String
  /// One line that names what was wrong and what was expected.
  public var message: String
  /// How long to wait before another try makes sense, if the broker said so.
  public var retryAfter: Duration?
  /// The error below this one, if there is any.
  public var cause: (any Error)?

  /// Makes an error.
  public init(
    _ code: Code, reason: String, message: String, retryAfter: Duration? = nil, cause: (any Error)? = nil
  ) {
    self.code = code
    self.reason = reason
    self.message = message
    self.retryAfter = retryAfter
    self.cause = cause
  }
}

extension PredictionError.Code: CustomStringConvertible {
  /// The code's gRPC name, for example `INVALID_ARGUMENT`.
  public var description: String { self.status.name }
}

extension PredictionError: CustomStringConvertible {
  /// One line: the code's name, then the message.
  public var description: String { "\(self.code): \(self.message)" }
}
