/// How a request ended: gRPC's status codes and their numbers.
///
/// Source: <https://grpc.io/docs/guides/status-codes/>. The table in `docs/PROTOCOL.md` is checked against this list.
public enum StatusCode: UInt8, CaseIterable, Hashable, Sendable, BitwiseCopyable {
  /// The prediction was made.
  case ok = 0
  /// The client gave the request up.
  case cancelled = 1
  /// An error without a better code.
  case unknown = 2
  /// The request itself is wrong, whatever the state of the cluster.
  case invalidArgument = 3
  /// The deadline passed before the answer was there.
  case deadlineExceeded = 4
  /// No such model, version, job or worker.
  case notFound = 5
  /// What was to be made is there already.
  case alreadyExists = 6
  /// The caller may not do this.
  case permissionDenied = 7
  /// A limit is reached; try again later or send less.
  case resourceExhausted = 8
  /// The request is right, but not in the present state of its subject.
  case failedPrecondition = 9
  /// The work was given up in favour of something else, for example a newer attempt.
  case aborted = 10
  /// A value is outside the range that is allowed.
  case outOfRange = 11
  /// The broker or worker does not do this.
  case unimplemented = 12
  /// A fault of the server's own, or of the model while it ran.
  case `internal` = 13
  /// Nobody can serve this now; trying again later may help.
  case unavailable = 14
  /// Data was lost or is corrupt.
  case dataLoss = 15
  /// The caller did not prove who it is.
  case unauthenticated = 16

  /// The code's name as gRPC writes it, for example `INVALID_ARGUMENT`.
  public var name: String {
    switch self {
    case .ok: "OK"
    case .cancelled: "CANCELLED"
    case .unknown: "UNKNOWN"
    case .invalidArgument: "INVALID_ARGUMENT"
    case .deadlineExceeded: "DEADLINE_EXCEEDED"
    case .notFound: "NOT_FOUND"
    case .alreadyExists: "ALREADY_EXISTS"
    case .permissionDenied: "PERMISSION_DENIED"
    case .resourceExhausted: "RESOURCE_EXHAUSTED"
    case .failedPrecondition: "FAILED_PRECONDITION"
    case .aborted: "ABORTED"
    case .outOfRange: "OUT_OF_RANGE"
    case .unimplemented: "UNIMPLEMENTED"
    case .internal: "INTERNAL"
    case .unavailable: "UNAVAILABLE"
    case .dataLoss: "DATA_LOSS"
    case .unauthenticated: "UNAUTHENTICATED"
    }
  }

  /// The code with this gRPC name, or nil.
  public init?(name: String) {
    guard let code = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = code
  }
}
