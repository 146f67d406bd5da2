import AuguryClient
import QueueCore
import Store

extension PredictionError {
  /// A submission that is wrong, whatever the state of the cluster.
  static func invalid(_ reason: String, _ message: String) -> PredictionError {
    PredictionError(.invalidArgument, reason: reason, message: message)
  }

  /// Something that is right but not possible as things stand.
  static func notNow(_ reason: String, _ message: String) -> PredictionError {
    PredictionError(.failedPrecondition, reason: reason, message: message)
  }

  /// A submission whose output another job writes already.
  static func outputInUse(_ path: String, by whom: String) -> PredictionError {
    PredictionError(.alreadyExists, reason: "OUTPUT_IN_USE", message: "output '\(path)' is being written by \(whom)")
  }

  /// What an error of the store means to a client.
  init(_ error: StoreError) {
    let (code, reason): (Code, String) =
      switch error.code {
      case .notFound: (.notFound, "UNKNOWN_JOB")
      case .full: (.resourceExhausted, "STORE_FULL")
      case .busy: (.unavailable, "STORE_BUSY")
      case .fenced: (.aborted, "JOB_CLAIMED")
      case .finished: (.failedPrecondition, "TOO_LATE")
      case .leased: (.aborted, "JOB_CLAIMED")
      case .unfinished: (.failedPrecondition, "JOB_UNFINISHED")
      case .corrupt: (.dataLoss, "STORE_CORRUPT")
      default: (.internal, "STORE_FAILED")
      }
    self.init(code, reason: reason, message: error.message, cause: error)
  }
}

extension Job.State {
  /// The state as clients see it.
  init(_ state: JobRecord.State) {
    switch state {
    case .queued: self = .queued
    case .validating: self = .validating
    case .running: self = .running
    case .paused: self = .paused
    case .finalizing: self = .finalizing
    case .succeeded: self = .succeeded
    case .failed: self = .failed
    case .cancelled: self = .cancelled
    case .expired: self = .expired
    }
  }
}
