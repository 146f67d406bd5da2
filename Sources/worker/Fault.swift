import Inference
import QueueCore
import Tensors

/// Why a request, or a row of one, has no prediction.
struct Fault: Error {
  /// The status for its reply.
  var status: StatusCode
  /// A word for programs.
  var reason: String
  /// One line for people.
  var message: String
}

extension Fault {
  /// The broker passed on that nobody waits for the request any more.
  static let cancelled = Fault(
    status: .cancelled, reason: "CANCELLED", message: "the request was given up before the prediction was made")

  /// Late work is not done.
  static let expired = Fault(
    status: .deadlineExceeded, reason: "DEADLINE_EXCEEDED",
    message: "the deadline passed in the worker, before the prediction was made")

  /// The engine was stopped: it had taken longer than a call may.
  static func timedOut(limitNanoseconds: UInt64) -> Fault {
    let limit = DurationFlag(nanoseconds: limitNanoseconds).defaultValueDescription
    return Fault(
      status: .internal, reason: "ENGINE_TIMEOUT",
      message: "the engine call was stopped after \(limit), the limit; the worker's --call-timeout sets it")
  }

  /// The worker ends with work that it has not begun; another one is to do it.
  static let handedBack = Fault(
    status: .aborted, reason: "WORKER_ENDS", message: "the worker ends; the work was not begun and is handed back")

  /// The content came in another number of parts than its type has.
  static func wrongParts(_ count: Int, expected: String) -> Fault {
    Fault(
      status: .invalidArgument, reason: "WRONG_PARTS", message: "the content has \(count) parts, expected \(expected)")
  }

  /// Says to a client what an engine or a tensor said.
  init(_ error: any Error) {
    switch error {
    case let error as TensorError:
      self.init(
        status: StatusCode(name: error.code.rawValue) ?? .internal, reason: error.reason.word, message: error.message)
    case let error as InferenceError:
      self.init(
        status: StatusCode(name: error.code.rawValue) ?? .internal, reason: error.code.word, message: error.message)
    case let fault as Fault: self = fault
    case CallStop.timedOut(let limit): self = .timedOut(limitNanoseconds: limit)
    case CallStop.givenUp: self = .cancelled
    default: self.init(status: .internal, reason: "INTERNAL", message: "\(error)")
    }
  }
}

extension InferenceError.Code {
  /// The word for programs in a reply about a prediction.
  fileprivate var word: String {
    switch self {
    case .invalidArgument: "MODEL_REFUSED"
    case .resourceExhausted: "OUT_OF_MEMORY"
    case .cancelled: "CANCELLED"
    case .notFound, .unavailable, .unimplemented, .internal: "MODEL_FAILED"
    }
  }
}

extension TensorError.Reason {
  /// The word for programs in a reply.
  fileprivate var word: String {
    switch self {
    case .malformedJSON: "MALFORMED_JSON"
    case .wrongForm: "WRONG_FORM"
    case .wrongType: "WRONG_TYPE"
    case .outOfRange: "OUT_OF_RANGE"
    case .wrongShape: "WRONG_SHAPE"
    case .missingInput: "MISSING_INPUT"
    case .unknownInput: "UNKNOWN_INPUT"
    case .duplicateInput: "DUPLICATE_INPUT"
    case .tooManyInstances: "TOO_MANY_INSTANCES"
    case .outOfMemory: "OUT_OF_MEMORY"
    case .wrongSize: "WRONG_SIZE"
    case .unknownOutput: "UNKNOWN_OUTPUT"
    case .unrepresentable: "UNREPRESENTABLE"
    }
  }
}
