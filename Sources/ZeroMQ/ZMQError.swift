// What libzmq, or a system call beside it, refused to do.

import CZMQ

/// A call that libzmq or the kernel refused, with the reason it gave.
///
/// "Nothing to receive" and "queue full" are answers, not errors: they come back as values.
public struct ZMQError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The reason.
  public let code: Code

  /// The call that failed, with the argument at fault where there is one: `zmq_bind(tcp://127.0.0.1:80)`.
  public let call: String

  /// Makes an error from a reason and the call that gave it.
  public init(code: Code, call: String) {
    self.code = code
    self.call = call
  }

  /// The call, the reason in words, and the number.
  public var description: String {
    "\(self.call): \(self.code)"
  }

  /// The error that the last failed call on this thread left behind.
  static func last(_ call: @autoclosure () -> String) -> ZMQError {
    let code = Code(rawValue: zmq_errno())  // Read first: building the text may call what changes it.
    return ZMQError(code: code, call: call())
  }
}

extension ZMQError {
  /// An `errno` value, the system's or one of libzmq's own.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number as C knows it.
    public let rawValue: Int32

    /// Wraps a number as C knows it.
    public init(rawValue: Int32) {
      self.rawValue = rawValue
    }

    /// The reason in words, and the number.
    public var description: String {
      guard let text = unsafe zmq_strerror(self.rawValue) else { return "error \(self.rawValue)" }
      return "\(unsafe String(cString: text)) (error \(self.rawValue))"
    }

    /// It would have to wait (`EAGAIN`).
    public static let again = Code(rawValue: EAGAIN)
    /// A signal came in between (`EINTR`); calls of this module try again by themselves.
    public static let interrupted = Code(rawValue: EINTR)
    /// An argument or option value is not allowed (`EINVAL`).
    public static let invalidArgument = Code(rawValue: EINVAL)
    /// Memory is exhausted (`ENOMEM`).
    public static let outOfMemory = Code(rawValue: ENOMEM)
    /// The process, or the context, has no room for another socket or descriptor (`EMFILE`).
    public static let tooManyOpen = Code(rawValue: EMFILE)
    /// The address is bound already (`EADDRINUSE`).
    public static let addressInUse = Code(rawValue: EADDRINUSE)
    /// The address does not belong to this host (`EADDRNOTAVAIL`).
    public static let addressNotAvailable = Code(rawValue: EADDRNOTAVAIL)
    /// The network interface does not exist (`ENODEV`).
    public static let noSuchDevice = Code(rawValue: ENODEV)
    /// There is no such endpoint (`ENOENT`).
    public static let notFound = Code(rawValue: ENOENT)
    /// The system forbids it (`EACCES`).
    public static let permissionDenied = Code(rawValue: EACCES)
    /// The transport of an endpoint is not known (`EPROTONOSUPPORT`).
    public static let unknownTransport = Code(rawValue: EPROTONOSUPPORT)
    /// The transport does not go with this kind of socket (`ENOCOMPATPROTO`).
    public static let incompatibleTransport = Code(rawValue: ENOCOMPATPROTO)
    /// This kind of socket does not have the operation (`ENOTSUP`).
    public static let notSupported = Code(rawValue: ENOTSUP)
    /// The socket is not in a state for it, as a REQ that must receive first (`EFSM`).
    public static let wrongState = Code(rawValue: EFSM)
    /// No peer has that routing id (`EHOSTUNREACH`).
    public static let hostUnreachable = Code(rawValue: EHOSTUNREACH)
    /// It is not a socket (`ENOTSOCK`).
    public static let notSocket = Code(rawValue: ENOTSOCK)
    /// The context was shut down (`ETERM`): close the socket.
    public static let terminated = Code(rawValue: ETERM)
  }
}
